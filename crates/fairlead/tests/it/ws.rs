//! A WebSocket client that waits for what must come.

use crate::client::Client;
use serde_json::Value;
use std::net::TcpStream;
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket, client};

/// What is awaited comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open socket.
pub(crate) struct Ws {
    socket: WebSocket<TcpStream>,
    /// The last cursor that was told.
    pub(crate) cursor: String,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Came {
    Message(Value),
    /// Closed, with this code; none if the connection was cut.
    End(Option<u16>),
}

impl Ws {
    /// Opens a socket with the client's token.
    #[track_caller]
    pub(crate) fn open(client: &Client, path: &str) -> Self {
        let bearer = format!("Bearer {}", client.token.as_deref().expect("a token"));
        Self::try_open(client, path, &[("authorization", &bearer)]).expect("a socket")
    }

    /// Opens a socket and hears the `hello`; or the status it was refused with.
    pub(crate) fn try_open(
        client: &Client,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let url = format!("{}{path}", client.url.replace("http://", "ws://"));
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let host = client.url.trim_start_matches("http://");
        // The server may just be going down or coming up.
        let stream = TcpStream::connect(host).map_err(|_| 0u16)?;
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        match client::client(request, stream) {
            Ok((socket, _)) => {
                let mut ws = Self { socket, cursor: String::new() };
                match ws.next() {
                    Came::Message(hello) if hello["type"] == "hello" => Ok(ws),
                    Came::Message(other) => panic!("no hello first: {other}"),
                    Came::End(_) => Err(0),
                }
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
            Err(_) => Err(0),
        }
    }

    /// The next message or the end.
    pub(crate) fn next(&mut self) -> Came {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if let Some(cursor) = message["cursor"].as_str() {
                        cursor.clone_into(&mut self.cursor);
                    }
                    return Came::Message(message);
                }
                Ok(Message::Close(frame)) => return Came::End(frame.map(|frame| frame.code.into())),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("waited in vain for a message")
                }
                Err(_) => return Came::End(None),
            }
        }
    }

    /// The next message that is no heartbeat.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Value {
        loop {
            match self.next() {
                Came::Message(message) if message["type"] == "heartbeat" => {}
                Came::Message(message) => return message,
                Came::End(code) => panic!("closed: {code:?}"),
            }
        }
    }

    /// The next event of this type; what comes before it is passed over.
    #[track_caller]
    pub(crate) fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// The code it is closed with; what comes before is passed over.
    pub(crate) fn end(&mut self) -> Option<u16> {
        loop {
            if let Came::End(code) = self.next() {
                return code;
            }
        }
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).expect("said");
    }

    /// Cuts the connection without a word.
    pub(crate) fn cut(self) -> String {
        // The server may have cut it already.
        let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
        self.cursor
    }
}
