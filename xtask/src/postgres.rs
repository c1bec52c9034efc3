//! A throw-away PostgreSQL: a fresh cluster in a temporary folder, gone when its handle is dropped.
//!
//! A small guardian shell owns the cluster and waits on a pipe that only this process holds open. Whatever ends
//! this process (a return, a panic, Ctrl-C, `kill -9`) closes the pipe, and the guardian stops the server and
//! removes its folder. It lives in its own process group, so that Ctrl-C does not take it down first.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use crate::install;

/// A running server; dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Postgres {
    guardian: Child,
    port: u16,
}

/// `$1` binaries, `$2` folder, `$3` port. fsync stays on: durable figures and crash tests mean what they say.
const GUARDIAN: &str = r#"
bin=$1 dir=$2 port=$3
trap '' PIPE
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/log" 2>&1 &&
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 \
  -o "-p $port -k $dir -h 127.0.0.1 -c max_connections=200" start >/dev/null 2>&1 ||
{ tail -n 20 "$dir/log"; exit 1; }
echo ready
cat >/dev/null
"#;

impl Postgres {
    /// Starts a server on a free port of 127.0.0.1, with stock settings but for 200 connections.
    pub fn start() -> Result<Self> {
        let bin = install::postgres_bin()?;
        let mut last = None;
        for _ in 0..3 {
            match Self::start_in(&bin) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error), // somebody else may have taken the port
            }
        }
        Err(last.context("no attempt was made")?)
    }

    fn start_in(bin: &Path) -> Result<Self> {
        let port = free_port()?;
        let dir = temp_folder()?;
        let mut command = Command::new("sh");
        command.args(["-c", GUARDIAN, "guardian"]).arg(bin).arg(&dir).arg(port.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir("/").process_group(0);
        if install::is_root() {
            // initdb refuses to run as root.
            let (uid, gid) = server_account()?;
            chown(&dir, Some(uid), Some(gid)).context("cannot give the folder away")?;
            command.uid(uid).gid(gid);
        }
        let mut guardian = command.spawn().context("cannot start sh")?;
        let said = first_line_or_all(&mut guardian)?;
        if said.trim_end() == "ready" {
            return Ok(Self { guardian, port });
        }
        let _ = guardian.wait();
        bail!("the throw-away PostgreSQL did not start:\n{said}")
    }

    /// The address of its maintenance database; the user may create databases.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of the database `name`.
    pub fn url_of(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        let _ = self.guardian.wait();
    }
}

/// "ready", or everything the guardian had to say before it gave up.
fn first_line_or_all(guardian: &mut Child) -> Result<String> {
    let stdout = guardian.stdout.take().context("no pipe")?;
    let mut said = String::new();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        said.push_str(&line);
        said.push('\n');
        if line == "ready" {
            break;
        }
    }
    Ok(said)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn temp_folder() -> Result<PathBuf> {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    let dir = std::env::temp_dir().join(format!("fairlead-pg-{}-{nanos}", std::process::id()));
    fs::create_dir(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    Ok(dir)
}

/// The account the package made for the server; `nobody` where there is none.
fn server_account() -> Result<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read the accounts")?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| account(&accounts, name))
        .context("neither an account postgres nor nobody")
}

fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/:/bin/sh\npostgres2:x:9:9::/:/bin/sh\npostgres:x:106:112::/:/bin/sh\n";
        assert_eq!(account(accounts, "postgres"), Some((106, 112)));
        assert_eq!(account(accounts, "nobody"), None);
    }
}
