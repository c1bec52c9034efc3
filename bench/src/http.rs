//! A plain HTTP/1.1 client for the few calls that set a figure up: one connection a call, no dependency.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// A call with a JSON body, or none.
pub(crate) fn call(
    addr: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let mut stream = connect(addr)?;
    stream.write_all(head(method, path, token, kind, body.len() as u64).as_bytes())?;
    stream.write_all(body.as_bytes())?;
    read(stream).with_context(|| format!("{method} {path}"))
}

/// A file as the raw body. A server may answer and close before it has read everything.
pub(crate) fn upload(addr: SocketAddr, token: &str, path: &str, file: &Path) -> Result<Answer> {
    let mut file = File::open(file)?;
    let mut stream = connect(addr)?;
    stream.write_all(
        head("POST", path, token, "Content-Type: text/csv\r\n", file.metadata()?.len()).as_bytes(),
    )?;
    let sent = std::io::copy(&mut file, &mut stream);
    let answer = read(stream);
    if answer.is_err() {
        sent.with_context(|| format!("cannot send the file to {path}"))?;
    }
    answer.with_context(|| format!("POST {path}"))
}

/// The body of a call that must succeed.
pub(crate) fn expect(answer: Answer) -> Result<Value> {
    ensure!((200..300).contains(&answer.status), "answered {}: {}", answer.status, answer.body);
    Ok(answer.body)
}

fn connect(addr: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(600)))?;
    Ok(stream)
}

fn head(method: &str, path: &str, token: &str, kind: &str, length: u64) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n{kind}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

fn read(mut stream: TcpStream) -> Result<Answer> {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        ended.context("no answer")?;
        bail!("no answer");
    };
    let head = std::str::from_utf8(&bytes[..at])?.to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status line")?;
    let rest = &bytes[at + 4..];
    let body = if head.contains("\r\ntransfer-encoding: chunked") { dechunk(rest)? } else { rest.to_vec() };
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or_else(|_| text()) })
}

fn dechunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").context("a chunk without a size")?;
        let digits = std::str::from_utf8(&rest[..end])?;
        let size = usize::from_str_radix(digits.split(';').next().unwrap_or_default().trim(), 16)?;
        let data = rest.get(end + 2..end + 2 + size).context("a chunk is cut")?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(data);
        rest = rest.get(end + 4 + size..).context("a chunk without an end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        assert_eq!(dechunk(b"3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n").unwrap(), b"abc0123456789");
        assert!(dechunk(b"5\r\nabc").is_err());
    }
}
