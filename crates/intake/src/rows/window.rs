//! The part of a file that is in memory: UTF-8 (or single bytes), with its place in the raw file.

use crate::format::Encoding;
use std::io::{self, Read};

const CHUNK: usize = 128 * 1024;

/// A sliding window over a reader. UTF-16 is turned into UTF-8 on the way in; `offset` still counts raw bytes.
pub(crate) struct Window<R> {
    reader: R,
    decoder: Option<Decoder>,
    buffer: Vec<u8>,
    start: usize,
    /// Raw bytes of the file before `start`.
    pub(crate) offset: u64,
    pub(crate) ended: bool,
}

struct Decoder {
    inner: encoding_rs::Decoder,
    raw: Vec<u8>,
}

impl<R: Read> Window<R> {
    /// `reader` stands at raw byte `offset` of the file.
    pub(crate) fn new(reader: R, encoding: Encoding, offset: u64) -> Self {
        let decoder = match encoding {
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
            Encoding::Utf8 | Encoding::Windows1252 => None,
        };
        let decoder = decoder.map(|encoding| Decoder {
            inner: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK],
        });
        Self { reader, decoder, buffer: Vec::new(), start: 0, offset, ended: false }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The `len` bytes that were consumed last; valid until the next `fill`.
    pub(crate) fn consumed(&self, len: usize) -> &[u8] {
        &self.buffer[self.start - len..self.start]
    }

    pub(crate) fn consume(&mut self, len: usize) {
        let bytes = &self.buffer[self.start..self.start + len];
        self.offset += if self.decoder.is_some() { utf16_bytes(bytes) } else { len as u64 };
        self.start += len;
    }

    /// Reads on: as much again as is there, at least one chunk. At the end of the file `ended` is set.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let wanted = self.buffer.len() + CHUNK.max(self.buffer.len());
        while !self.ended && self.buffer.len() < wanted {
            match &mut self.decoder {
                None => self.ended = read_into(&mut self.reader, &mut self.buffer, wanted)? == 0,
                Some(decoder) => self.ended = decoder.read_into(&mut self.reader, &mut self.buffer)?,
            }
        }
        Ok(())
    }
}

fn read_into(reader: &mut impl Read, buffer: &mut Vec<u8>, wanted: usize) -> io::Result<usize> {
    let had = buffer.len();
    buffer.resize(wanted, 0);
    let read = read_some(reader, &mut buffer[had..]);
    buffer.truncate(had + *read.as_ref().unwrap_or(&0));
    read
}

fn read_some(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

impl Decoder {
    /// True at the end of the file.
    fn read_into(&mut self, reader: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let read = read_some(reader, &mut self.raw)?;
        let had = buffer.len();
        let most = self.inner.max_utf8_buffer_length(read).unwrap_or(read * 3 + 16);
        buffer.resize(had + most, 0);
        let (_, _, written, _) = self.inner.decode_to_utf8(&self.raw[..read], &mut buffer[had..], read == 0);
        buffer.truncate(had + written);
        Ok(read == 0)
    }
}

/// How many bytes a UTF-8 text takes as UTF-16: two a character, four beyond the basic plane. A broken unit was
/// decoded to U+FFFD, which is one unit too, so the count stays true to the file.
fn utf16_bytes(text: &[u8]) -> u64 {
    text.iter()
        .map(|byte| {
            if *byte >= 0xf0 {
                4
            } else if *byte & 0xc0 == 0x80 {
                0
            } else {
                2
            }
        })
        .sum()
}
