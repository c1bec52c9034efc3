//! Two nodes on one PostgreSQL: what one commits, sockets of the other hear; NATS only wakes.

use crate::app::TestApp;
use crate::database::postgres;
use crate::ws::Ws;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

struct Nats {
    process: Child,
    port: u16,
}

impl Nats {
    /// `None`, with a message, where there is no nats-server.
    fn start(port: Option<u16>) -> Option<Self> {
        let free = || TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map(|a| a.port());
        let port = port.unwrap_or_else(|| free().expect("a port"));
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        let Ok(process) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests must know")]
            {
                eprintln!("skipped: there is no nats-server (cargo xtask test installs it where it can)");
            }
            return None;
        };
        crate::app::eventually("NATS", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { process, port })
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn each_hears_the_other(here: &TestApp, there: &TestApp, from: u64) {
    let mut sockets = [Ws::open(&here.admin, "/ws/leads/"), Ws::open(&there.admin, "/ws/leads/")];
    for n in from..from + 10 {
        let lead = if n % 2 == 0 { here.lead("META", n) } else { there.lead("META", n) };
        for ws in &mut sockets {
            assert_eq!(ws.event_of("lead_created")["data"]["lead_id"], lead["id"]);
        }
    }
}

#[test]
fn sockets_of_one_node_hear_what_another_commits() {
    let Some(db) = postgres() else { return };
    let here = TestApp::start(db);
    here.pool("META", 2);
    let there = here.beside();
    each_hears_the_other(&here, &there, 0);
    here.check();
}

#[test]
fn nodes_hear_each_other_with_nats_and_go_on_without_it() {
    let Some(nats) = Nats::start(None) else { return };
    let Some(db) = postgres() else { return };
    let url: &'static str = format!("nats://127.0.0.1:{}", nats.port).leak();
    let here = TestApp::start_with(db, vec![("FAIRLEAD_SERVER__NATS_URL", url)].leak());
    here.pool("META", 2);
    let there = here.beside();
    each_hears_the_other(&here, &there, 0);
    let port = nats.port;
    drop(nats);
    each_hears_the_other(&here, &there, 10);
    let _again = Nats::start(Some(port));
    each_hears_the_other(&here, &there, 20);
    here.check();
}
