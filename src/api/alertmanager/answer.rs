//! Answers are JSON and end with a newline. Long lists are written on a thread of their own, so
//! that other requests do not wait, and leave in chunks while they are written:
//!
//! ```text
//! write --[Output]--> chunk, chunk, ... --queue--> body    all in one chunk: a body of known length
//! ```
//!
//! The queue is short: a list of any length takes little memory, and a slow reader slows the
//! writing down.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

use super::refusal::Refusal;

/// A chunk is handed on when it has this many bytes.
const CHUNK_BYTES: usize = 128 << 10;
/// What is reserved beyond that for the item that fills it.
const CHUNK_MARGIN: usize = 8 << 10;
/// How many chunks wait for a slow reader.
const CHUNKS_WAITING: usize = 8;

/// One object, or a list that is known to be short.
pub(super) fn one(value: &impl Serialize) -> Result<Response, Refusal> {
    let mut bytes = serde_json::to_vec(value).map_err(unwritten)?;
    bytes.push(b'\n');
    Ok(json(bytes))
}

/// One object that `write` writes.
pub(super) fn written(write: impl FnOnce(&mut Vec<u8>)) -> Response {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes.push(b'\n');
    json(bytes)
}

/// The list whose items `write` writes, away from the threads that serve requests.
pub(super) async fn list(
    write: impl FnOnce(&mut Output) -> Result<(), Left> + Send + 'static,
) -> Result<Response, Refusal> {
    let (sender, mut chunks) = mpsc::channel(CHUNKS_WAITING);
    let writing = tokio::task::spawn_blocking(move || {
        let mut output = Output { bytes: vec![b'['], chunks: sender, items: 0 };
        // when the reader has gone there is nobody left to tell
        let _ = write(&mut output).and_then(|()| output.finish());
    });
    match chunks.recv().await {
        Some(Chunk::Last(bytes)) => Ok(json(bytes)),
        Some(Chunk::Part(bytes)) => {
            let stream = Stream { first: Some(bytes.into()), chunks, over: false };
            Ok(json(Body::new(stream)))
        }
        None => Err(match writing.await {
            Err(error) => unwritten(error),
            Ok(()) => unwritten(Incomplete),
        }),
    }
}

/// A list as it is written.
pub(super) struct Output {
    bytes: Vec<u8>,
    chunks: mpsc::Sender<Chunk>,
    items: usize,
}

/// Nobody reads the answer any more.
pub(super) struct Left;

enum Chunk {
    Part(Vec<u8>),
    Last(Vec<u8>),
}

impl Output {
    /// Begins an item.
    pub(super) fn item(&mut self) -> &mut Vec<u8> {
        if self.items > 0 {
            self.bytes.push(b',');
        }
        self.items += 1;
        &mut self.bytes
    }

    /// What is written of the item that was begun.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Hands on what is written when it is enough; may be called anywhere.
    pub(super) fn hand_on(&mut self) -> Result<(), Left> {
        if self.bytes.len() < CHUNK_BYTES {
            return Ok(());
        }
        let next = Vec::with_capacity(CHUNK_BYTES + CHUNK_MARGIN);
        self.send(next, Chunk::Part)
    }

    fn finish(&mut self) -> Result<(), Left> {
        self.bytes.extend_from_slice(b"]\n");
        self.send(Vec::new(), Chunk::Last)
    }

    fn send(&mut self, next: Vec<u8>, chunk: fn(Vec<u8>) -> Chunk) -> Result<(), Left> {
        let bytes = std::mem::replace(&mut self.bytes, next);
        self.chunks.blocking_send(chunk(bytes)).map_err(|_| Left)
    }
}

/// The list ends before its end: whoever wrote it has failed.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be written to its end")]
struct Incomplete;

/// The chunks as they come.
struct Stream {
    first: Option<Bytes>,
    chunks: mpsc::Receiver<Chunk>,
    over: bool,
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = Incomplete;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Incomplete>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.over {
            return Poll::Ready(None);
        }
        let chunk = std::task::ready!(self.chunks.poll_recv(context));
        self.over = !matches!(chunk, Some(Chunk::Part(_)));
        Poll::Ready(Some(match chunk {
            Some(Chunk::Part(bytes) | Chunk::Last(bytes)) => Ok(Frame::data(bytes.into())),
            // the connection is cut, so that nobody takes the beginning for the whole
            None => Err(Incomplete),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }
}

fn json(body: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn unwritten(error: impl std::fmt::Display) -> Refusal {
    Refusal::Said(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn answered(items: usize) -> (Option<u64>, String) {
        let answer = list(move |output| {
            for number in 0..items {
                output.item().extend_from_slice(number.to_string().as_bytes());
                output.hand_on()?;
            }
            Ok(())
        });
        let body = answer.await.map_err(|_| "refused").unwrap().into_body();
        let length = body.size_hint().exact();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (length, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn short_lists_have_a_length_and_long_ones_leave_in_chunks() {
        for (items, known) in [(0, true), (1, true), (1000, true), (500_000, false)] {
            let numbers: Vec<_> = (0..items).map(|number| number.to_string()).collect();
            let expect = format!("[{}]\n", numbers.join(","));
            let (length, text) = answered(items).await;
            assert!(text == expect, "{items} items");
            assert_eq!(length, known.then_some(expect.len() as u64), "{items} items");
        }
    }

    #[tokio::test]
    async fn a_list_that_is_not_written_to_its_end_is_no_list() {
        for items in [1, 500_000] {
            let answer = list(move |output| {
                for _ in 0..items {
                    output.item().extend_from_slice(b"1");
                    output.hand_on()?;
                }
                Err(Left)
            });
            let whole = match answer.await {
                Ok(answer) => to_bytes(answer.into_body(), usize::MAX).await.is_ok(),
                Err(_) => false,
            };
            assert!(!whole, "{items} items");
        }
    }

    #[tokio::test]
    async fn writing_stops_when_nobody_reads() {
        let (said, told) = std::sync::mpsc::channel();
        let answer = list(move |output| {
            let outcome = loop {
                output.item().extend_from_slice(b"1");
                if let Err(left) = output.hand_on() {
                    break Err(left);
                }
            };
            said.send(()).map_err(|_| Left)?;
            outcome
        });
        drop(answer.await.map_err(|_| "refused").unwrap());
        assert_eq!(told.recv(), Ok(()));
    }
}
