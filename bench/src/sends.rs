//! The limit of a fan-out: no WebSocket library, one thread, and one send of a ready-made frame for each connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Result, ensure};

/// Takes `count` connections; then each frame the first sends is sent to all. Until it is killed.
pub(crate) fn serve(count: usize) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("sends on http://{} ", listener.local_addr()?);
    let mut all: Vec<TcpStream> = Vec::with_capacity(count);
    let mut bytes = [0u8; 4096];
    while all.len() < count {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        ensure!(stream.read(&mut bytes)? > 0, "a client left");
        stream.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        )?;
        all.push(stream);
    }
    loop {
        let read = all[0].read(&mut bytes)?;
        if read < 8 {
            return Ok(());
        }
        // A masked frame with a 16-bit length becomes an unmasked one.
        let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        let mut frame = vec![0x81, 126, bytes[2], bytes[3]];
        frame.extend((0..length).map(|i| bytes[8 + i] ^ bytes[4 + i % 4]));
        for stream in &mut all {
            stream.write_all(&frame)?;
        }
    }
}

/// What the first connection sends: a masked text of so many bytes.
pub(crate) fn ask(bytes: usize) -> Vec<u8> {
    let mut frame = vec![0x81, 0xfe];
    frame.extend((bytes as u16).to_be_bytes());
    frame.extend([1, 2, 3, 4]);
    frame.extend((0..bytes).map(|i| b'x' ^ [1, 2, 3, 4][i % 4]));
    frame
}
