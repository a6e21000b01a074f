//! Requests to the server: one connection each, so that none outlives a process that dies.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Firebell, eventually};

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    /// The body read as JSON, of an answer that is good.
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Firebell {
    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path, &body.to_string()).await
    }

    /// Posts alerts as a client of Alertmanager does.
    pub async fn alerts(&self, alerts: &[Value]) {
        let answer = self.post("/api/v2/alerts", &Value::from(alerts)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Makes a silence; its id.
    pub async fn silence(&self, name: &str, value: &str) -> String {
        let answer = self.post("/api/v2/silences", &silence(name, value)).await;
        answer.json()["silenceID"].as_str().unwrap().to_owned()
    }

    /// Pushes metrics as a client of a Pushgateway does.
    pub async fn push(&self, path: &str, text: &str) {
        let answer = self.request("PUT", path, text).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The alerts of rules, once there is one in this state.
    pub async fn rule_alert(&self, state: &str) -> Value {
        eventually(&format!("an alert is {state}"), async || {
            let answer = self.get("/api/v1/alerts").await.json();
            let alerts = answer["data"]["alerts"].as_array().unwrap();
            alerts.iter().find(|alert| alert["state"] == state).cloned()
        })
        .await
    }

    /// The result of a query.
    pub async fn query(&self, expression: &str) -> Value {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = self.get(&format!("/api/v1/query?query={encoded}")).await.json();
        answer["data"]["result"].clone()
    }

    pub async fn request(&self, method: &str, path: &str, body: &str) -> Answer {
        let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, body: body.to_owned() }
    }
}

/// A silence of everything whose label has this value, for a day.
fn silence(name: &str, value: &str) -> Value {
    let matcher = json!({"name": name, "value": value, "isRegex": false, "isEqual": true});
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    let time = |millis| {
        let at = firebell::time::Timestamp::from_millis(millis);
        firebell::time::rfc3339::millis(at)
    };
    json!({
        "matchers": [matcher],
        "startsAt": time(now),
        "endsAt": time(now + 86_400_000),
        "createdBy": "a test",
        "comment": "quiet",
    })
}
