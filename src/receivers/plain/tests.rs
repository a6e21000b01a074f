use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

/// A server that answers as many requests on each connection as it is told to, then closes it;
/// it says when a connection was opened.
async fn server(answers: usize) -> (Url, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap()).parse().unwrap();
    let (opened, opens) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = opened.send(());
            tokio::spawn(async move {
                for _ in 0..answers {
                    answer(&mut stream).await;
                }
            });
        }
    });
    (url, opens)
}

async fn answer(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"ping") {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    assert!(request.starts_with(b"POST /hook?a=b HTTP/1.1\r\n"));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong").await.unwrap();
}

async fn ask(plain: &Plain, url: &Url) -> Bytes {
    let posted = Posted { headers: Default::default(), body: Bytes::from_static(b"ping") };
    let mut answering = plain.post(url, posted).await.unwrap();
    let said = answering.chunk().await.unwrap();
    assert_eq!(answering.chunk().await, None);
    answering.finish();
    said
}

#[tokio::test]
async fn connections_are_used_again() {
    let ((url, mut opens), plain) = (server(100).await, Plain::default());
    for _ in 0..5 {
        assert_eq!(ask(&plain, &url).await, "pong");
    }
    assert_eq!((opens.recv().await, opens.try_recv().is_err()), (Some(()), true));
    assert!(plain.0.sweep(), "it is kept");
}

#[tokio::test]
async fn connections_that_the_server_closed_are_not() {
    let ((url, mut opens), plain) = (server(1).await, Plain::default());
    for _ in 0..3 {
        assert_eq!(ask(&plain, &url).await, "pong");
        opens.recv().await.unwrap();
        // until the end of the connection has been heard of
        while plain.0.sweep() {
            tokio::task::yield_now().await;
        }
    }
}
