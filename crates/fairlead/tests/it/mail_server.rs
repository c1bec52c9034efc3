//! A mail server that keeps what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) struct MailServer {
    pub(crate) url: String,
    kept: Arc<Mutex<Vec<String>>>,
    refuse: Arc<AtomicUsize>,
}

impl MailServer {
    /// Listens; refuses the first so many mails for now.
    pub(crate) fn start(refuse: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let (kept, refuse) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(refuse)));
        let (keeps, refuses) = (kept.clone(), refuse.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (keeps, refuses) = (keeps.clone(), refuses.clone());
                // A client that goes away early is no fault.
                std::thread::spawn(move || talk(stream, &keeps, &refuses).ok());
            }
        });
        Self { url, kept, refuse }
    }

    /// What has come so far, headers and all.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.kept.lock().expect("the mails").clone()
    }

    /// Waits for so many mails; the last one.
    pub(crate) fn wait_for(&self, mails: usize) -> String {
        crate::app::eventually(&format!("{mails} mails"), || self.mails().len() >= mails);
        self.mails().pop().expect("a mail")
    }

    /// Whether all that was to be refused was.
    pub(crate) fn has_refused_all(&self) -> bool {
        self.refuse.load(Ordering::SeqCst) == 0
    }
}

/// The link in a mail, from the root of the site.
pub(crate) fn link(mail: &str) -> String {
    let start = mail.find("/sign-in/").unwrap_or_else(|| panic!("no link in {mail}"));
    mail[start..].split_whitespace().next().expect("a link").to_owned()
}

fn talk(stream: TcpStream, kept: &Mutex<Vec<String>>, refuse: &AtomicUsize) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    write!(out, "220 test\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let command = line.to_uppercase();
        if command == "DATA" {
            write!(out, "354 go on\r\n")?;
            let mut text = String::new();
            while let Some(line) = lines.next().transpose()?.filter(|line| line != ".") {
                text.push_str(&line);
                text.push('\n');
            }
            // Quoted-printable: a `=` at the end of a line is only there to break it.
            kept.lock().expect("the mails").push(text.replace("=\n", ""));
        } else if command.starts_with("MAIL")
            && refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
        {
            write!(out, "451 not now\r\n")?;
            continue;
        }
        if command == "QUIT" {
            write!(out, "221 bye\r\n")?;
            return Ok(());
        }
        write!(out, "250 fine\r\n")?;
    }
    Ok(())
}
