//! Heads of requests on their way in: how long one may take, and the characters in an address
//! that clients write as they are (`?filter=a="b"`) and that Go's servers take.
//!
//! ```text
//! Start --PRI --> Other (HTTP/2 has limits of its own)
//!   '--> Line --end of line--> Fields --empty line--> Rest --an answer--> Idle --a byte--> Line
//! ```

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::time::{Sleep, sleep};

/// What an HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI ";

/// What has been read so far of what a client sends.
pub(super) struct Head {
    stage: Stage,
    /// How long a head may take.
    patience: Duration,
    late: Option<Pin<Box<Sleep>>>,
    /// What was read and did not fit where it goes, as it became longer.
    held: Vec<u8>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// The first bytes of a connection, as many as are those of [`PREFACE`].
    Start(usize),
    /// Between requests.
    Idle,
    /// The line with the address.
    Line,
    /// Header fields; whether the line is empty so far.
    Fields { empty: bool },
    /// What comes behind a head, until it is answered.
    Rest,
    /// Not HTTP/1.
    Other,
}

impl Head {
    /// A connection on which nothing was read.
    pub(super) fn new(patience: Duration) -> Head {
        Head { stage: Stage::Start(0), patience, late: None, held: Vec::new() }
    }

    /// Hands over what did not fit before; whether there was something.
    pub(super) fn give(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let count = self.held.len().min(buffer.remaining());
        buffer.put_slice(&self.held[..count]);
        self.held.drain(..count);
        count > 0
    }

    /// Nothing more to read for now: an error when the client takes too long.
    pub(super) fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.stage, Stage::Start(_) | Stage::Line | Stage::Fields { .. }) {
            return Poll::Pending;
        }
        let late = self.late.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        let error = "the client takes too long for the head of a request";
        late.as_mut().poll(context).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, error)))
    }

    /// Looks at what was read into a buffer behind `from`, and writes addresses as they should be.
    pub(super) fn look(&mut self, buffer: &mut ReadBuf<'_>, from: usize) {
        if matches!(self.stage, Stage::Rest | Stage::Other) {
            return;
        }
        let mut line = None;
        for (index, byte) in buffer.filled()[from..].iter().enumerate() {
            self.stage = next(self.stage, *byte);
            match self.stage {
                Stage::Rest | Stage::Other => {
                    self.late = None;
                    break;
                }
                Stage::Line => {
                    line = Some(line.map_or((index, index), |(first, _)| (first, index)))
                }
                _ => {}
            }
        }
        if let Some((first, last)) = line {
            self.mend(buffer, from + first, from + last + 1);
        }
    }

    /// An answer is written: what is read from now on is the next head.
    pub(super) fn answered(&mut self) {
        if self.stage == Stage::Rest {
            self.stage = Stage::Idle;
        }
    }

    /// Encodes what has to be in the part of a line that stands there.
    fn mend(&mut self, buffer: &mut ReadBuf<'_>, first: usize, last: usize) {
        let line = &buffer.filled()[first..last];
        if !line.iter().any(|byte| is_raw(*byte)) {
            return;
        }
        let mut mended = Vec::with_capacity(line.len() + 32);
        for byte in line {
            match byte {
                byte if is_raw(*byte) => mended.extend(format!("%{byte:02X}").into_bytes()),
                byte => mended.push(*byte),
            }
        }
        mended.extend_from_slice(&buffer.filled()[last..]);
        buffer.set_filled(first);
        let fits = mended.len().min(buffer.remaining());
        buffer.put_slice(&mended[..fits]);
        self.held = mended.split_off(fits);
    }
}

/// What Go's servers take in an address and ours do not. (Source: Go's `net/url`, `http`'s
/// tables of paths and queries.)
fn is_raw(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`')
}

fn next(stage: Stage, byte: u8) -> Stage {
    match stage {
        Stage::Start(count) if byte == PREFACE[count] => {
            if count + 1 == PREFACE.len() {
                Stage::Other
            } else {
                Stage::Start(count + 1)
            }
        }
        // empty lines before a request are none of it
        Stage::Start(0) | Stage::Idle if matches!(byte, b'\r' | b'\n') => stage,
        Stage::Line if byte == b'\n' => Stage::Fields { empty: true },
        Stage::Start(_) | Stage::Idle | Stage::Line => Stage::Line,
        Stage::Fields { empty: true } if byte == b'\n' => Stage::Rest,
        Stage::Fields { empty } => match byte {
            b'\n' => Stage::Fields { empty: true },
            b'\r' => Stage::Fields { empty },
            _ => Stage::Fields { empty: false },
        },
        Stage::Rest | Stage::Other => stage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader gets whose buffer has so much room, when these pieces come in.
    fn read(pieces: &[&str], room: usize) -> (String, Stage) {
        let mut head = Head::new(Duration::ZERO);
        let mut got = Vec::new();
        for piece in pieces {
            for part in piece.as_bytes().chunks(room) {
                let mut bytes = vec![0; room];
                let mut buffer = ReadBuf::new(&mut bytes);
                buffer.put_slice(part);
                head.look(&mut buffer, 0);
                got.extend_from_slice(buffer.filled());
                loop {
                    let mut bytes = vec![0; room];
                    let mut buffer = ReadBuf::new(&mut bytes);
                    if !head.give(&mut buffer) {
                        break;
                    }
                    got.extend_from_slice(buffer.filled());
                }
            }
        }
        (String::from_utf8(got).unwrap(), head.stage)
    }

    #[test]
    fn addresses_are_encoded_and_nothing_else() {
        for room in [1, 3, 7, 64, 1000] {
            let request = "GET /a?b=\"c\"&d=<e>` HTTP/1.1\r\nX: \"<>`\r\n\r\n\"body\"\r\n\r\n";
            let expect =
                "GET /a?b=%22c%22&d=%3Ce%3E%60 HTTP/1.1\r\nX: \"<>`\r\n\r\n\"body\"\r\n\r\n";
            assert_eq!(read(&[request], room), (expect.to_owned(), Stage::Rest), "{room}");
            let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\"<";
            assert_eq!(read(&[preface], room), (preface.to_owned(), Stage::Other), "{room}");
            assert_eq!(read(&["PRO ", "\"\n"], room).0, "PRO %22\n", "{room}");
            assert_eq!(read(&["\r\n\r\nP", "RI "], room).1, Stage::Other, "{room}");
        }
    }

    #[test]
    fn the_next_head_begins_behind_an_answer() {
        let mut head = Head::new(Duration::ZERO);
        let mut look = |text: &str| {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            buffer.put_slice(text.as_bytes());
            head.look(&mut buffer, 0);
            let stage = head.stage;
            head.answered();
            stage
        };
        assert_eq!(look("POST / HTTP/1.0\n\nbody"), Stage::Rest);
        assert_eq!(look("\r\n"), Stage::Idle);
        assert_eq!(look("GET"), Stage::Line);
        assert_eq!(look(" / HTTP/1.1\r\nA:"), Stage::Fields { empty: false });
        assert_eq!(look(" b\r\n\r\n"), Stage::Rest);
    }
}
