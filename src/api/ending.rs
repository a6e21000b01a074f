//! The end of an answer: long ones are still under way when their head is out.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

/// Calls `over` with the number of the body's bytes: at once when it is known, else when the
/// body has been sent or given up.
pub(super) fn at_end(response: Response, over: impl FnOnce(u64) + Send + 'static) -> Response {
    if let Some(bytes) = response.body().size_hint().exact() {
        over(bytes);
        return response;
    }
    response.map(|body| Body::new(Watched { body, bytes: 0, over: Some(Box::new(over)) }))
}

/// A body whose end somebody waits for.
struct Watched {
    body: Body,
    bytes: u64,
    over: Option<Box<dyn FnOnce(u64) + Send>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(over) = self.over.take() {
            over(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use axum::body::to_bytes;

    use super::*;

    /// A body that does not say how long it is.
    struct Unmeasured(Body);

    impl HttpBody for Unmeasured {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Pin::new(&mut self.0).poll_frame(context)
        }
    }

    #[tokio::test]
    async fn the_end_is_told_once_with_the_size() {
        for (body, known) in
            [(Body::from("four"), true), (Body::new(Unmeasured(Body::from("four"))), false)]
        {
            let (said, told) = mpsc::channel();
            let response = at_end(Response::new(body), move |bytes| said.send(bytes).unwrap());
            assert_eq!(told.try_recv().is_ok(), known);
            assert_eq!(to_bytes(response.into_body(), 10).await.unwrap(), "four");
            assert_eq!(told.recv().ok(), (!known).then_some(4));
        }
    }
}
