//! Fields that are scalars.

use crate::config::yaml::{Node, Plain, Position, Scalar};
use crate::secret::Secret;
use crate::time::Span;
use crate::time::duration;

use super::{Field, Reader, Yaml};

/// The text of any scalar.
pub(super) fn text<'a>(node: &'a Node, reader: &mut Reader, wanted: &str) -> Option<&'a str> {
    match node {
        Node::Scalar(scalar) => Some(&scalar.text),
        _ => reader.mismatch(node, wanted),
    }
}

impl Field for String {
    fn read(node: &Node, reader: &mut Reader) -> Option<String> {
        text(node, reader, "string").map(str::to_owned)
    }

    fn null(_: Position, _: &mut Reader) -> Option<String> {
        Some(String::new())
    }

    fn write(&self) -> Yaml {
        self.as_str().into()
    }

    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl Field for Secret {
    fn read(node: &Node, reader: &mut Reader) -> Option<Secret> {
        text(node, reader, "config.Secret").map(Secret::new)
    }

    fn null(_: Position, _: &mut Reader) -> Option<Secret> {
        Some(Secret::default())
    }

    fn write(&self) -> Yaml {
        self.to_string().into()
    }

    fn is_empty(&self) -> bool {
        Secret::is_empty(self)
    }
}

impl Field for bool {
    fn read(node: &Node, reader: &mut Reader) -> Option<bool> {
        match node {
            Node::Scalar(scalar) if let Plain::Bool(value) = scalar.meant() => Some(value),
            _ => reader.mismatch(node, "bool"),
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<bool> {
        Some(false)
    }

    fn write(&self) -> Yaml {
        (*self).into()
    }

    fn is_empty(&self) -> bool {
        !*self
    }
}

impl Field for u64 {
    /// A number with a fraction is cut, as Go does it.
    fn read(node: &Node, reader: &mut Reader) -> Option<u64> {
        let value = match node {
            Node::Scalar(scalar) => scalar.meant(),
            _ => Plain::Text,
        };
        let number = match value {
            Plain::Int(number) => u64::try_from(number).ok(),
            Plain::Float(number) if (0.0..1.8e19).contains(&number) => Some(number as u64),
            _ => None,
        };
        number.or_else(|| reader.mismatch(node, "uint64"))
    }

    fn null(_: Position, _: &mut Reader) -> Option<u64> {
        Some(0)
    }

    fn write(&self) -> Yaml {
        (*self).into()
    }

    fn is_empty(&self) -> bool {
        *self == 0
    }
}

impl Field for i64 {
    /// A number with a fraction is cut, as Go does it.
    fn read(node: &Node, reader: &mut Reader) -> Option<i64> {
        let value = match node {
            Node::Scalar(scalar) => scalar.meant(),
            _ => Plain::Text,
        };
        let number = match value {
            Plain::Int(number) => i64::try_from(number).ok(),
            Plain::Float(number) if number.abs() < 9.2e18 => Some(number as i64),
            _ => None,
        };
        number.or_else(|| reader.mismatch(node, "int"))
    }

    fn null(_: Position, _: &mut Reader) -> Option<i64> {
        Some(0)
    }

    fn write(&self) -> Yaml {
        (*self).into()
    }

    fn is_empty(&self) -> bool {
        *self == 0
    }
}

impl Field for f64 {
    fn read(node: &Node, reader: &mut Reader) -> Option<f64> {
        let value = match node {
            Node::Scalar(scalar) => scalar.meant(),
            _ => Plain::Text,
        };
        match value {
            Plain::Int(number) => Some(number as f64),
            Plain::Float(number) => Some(number),
            _ => reader.mismatch(node, "float64"),
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<f64> {
        Some(0.0)
    }

    fn write(&self) -> Yaml {
        (*self).into()
    }

    fn is_empty(&self) -> bool {
        *self == 0.0
    }
}

impl Field for Scalar {
    fn read(node: &Node, reader: &mut Reader) -> Option<Scalar> {
        match node {
            Node::Scalar(scalar) => Some(scalar.clone()),
            _ => reader.mismatch(node, "string"),
        }
    }

    fn null(at: Position, _: &mut Reader) -> Option<Scalar> {
        Some(Scalar::empty(at))
    }

    fn write(&self) -> Yaml {
        self.text.as_str().into()
    }
}

/// A duration as Prometheus writes it, `1h30m`.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct PromDuration(pub Span);

impl Field for PromDuration {
    fn read(node: &Node, reader: &mut Reader) -> Option<PromDuration> {
        let text = text(node, reader, "string")?;
        match duration::parse_prometheus(text) {
            Ok(span) => Some(PromDuration(span)),
            Err(error) => {
                reader.problem(node.at(), error.to_string());
                None
            }
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<PromDuration> {
        Some(PromDuration::default())
    }

    fn write(&self) -> Yaml {
        duration::format_prometheus(self.0).into()
    }

    fn is_empty(&self) -> bool {
        self.0 == Span::ZERO
    }
}

/// A duration as Go writes it, `1m30s`; a bare whole number is nanoseconds.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct GoDuration(pub Span);

impl GoDuration {
    /// The length as a limit: none at all is no limit.
    pub fn limit(self) -> Option<Span> {
        (self.0 != Span::ZERO).then_some(self.0)
    }
}

impl Field for GoDuration {
    fn read(node: &Node, reader: &mut Reader) -> Option<GoDuration> {
        let Node::Scalar(scalar) = node else { return reader.mismatch(node, "time.Duration") };
        if let Plain::Int(nanos) = scalar.meant() {
            return nanoseconds(nanos, node, reader);
        }
        match duration::parse_go(&scalar.text) {
            Ok(span) => Some(GoDuration(span)),
            Err(_) => reader.mismatch(node, "time.Duration"),
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<GoDuration> {
        Some(GoDuration::default())
    }

    fn write(&self) -> Yaml {
        duration::format_go(self.0).into()
    }

    fn is_empty(&self) -> bool {
        self.0 == Span::ZERO
    }
}

fn nanoseconds(nanos: i128, node: &Node, reader: &mut Reader) -> Option<GoDuration> {
    let Ok(nanos) = i64::try_from(nanos) else { return reader.mismatch(node, "time.Duration") };
    if nanos != 0 {
        let message = format!("{nanos} without a unit is nanoseconds: write {nanos}s or {nanos}ms");
        reader.warning(node.at(), message);
    }
    let millis = match nanos / 1_000_000 {
        0 => nanos.signum(),
        millis => millis,
    };
    Some(GoDuration(Span::from_millis(millis)))
}

/// `host:port`; the empty text is none. The port is a number or the name of a mail service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct HostPort {
    /// The name or address, perhaps empty.
    pub host: String,
    /// The port as it was written.
    pub port: String,
}

impl HostPort {
    /// The port's number.
    pub fn number(&self) -> Option<u16> {
        match self.port.as_str() {
            "smtp" => Some(25),
            "smtps" | "submissions" => Some(465),
            "submission" => Some(587),
            port => port.parse().ok(),
        }
    }

    /// (Source: Go's `net.SplitHostPort`, Alertmanager's `HostPort`; error texts too.)
    fn parse(text: &str) -> Result<HostPort, String> {
        if text.is_empty() {
            return Ok(HostPort::default());
        }
        let fault = |what: &str| Err(format!("address {text}: {what}"));
        let Some((host, port)) = text.rsplit_once(':') else {
            return fault("missing port in address");
        };
        let host = match host.strip_prefix('[').map(|inner| inner.strip_suffix(']')) {
            Some(Some(inner)) => inner,
            Some(None) => return fault("missing ']' in address"),
            None if host.contains(':') => return fault("too many colons in address"),
            None => host,
        };
        if port.is_empty() {
            return Err(format!("address {text:?}: port cannot be empty"));
        }
        let address = HostPort { host: host.to_owned(), port: port.to_owned() };
        match address.number() {
            Some(_) => Ok(address),
            None => Err(format!("address {text:?}: unknown port {port:?}, write its number")),
        }
    }
}

impl Field for HostPort {
    fn read(node: &Node, reader: &mut Reader) -> Option<HostPort> {
        let text = text(node, reader, "string")?;
        match HostPort::parse(text) {
            Ok(address) => Some(address),
            Err(message) => {
                reader.problem(node.at(), message);
                None
            }
        }
    }

    fn null(_: Position, _: &mut Reader) -> Option<HostPort> {
        Some(HostPort::default())
    }

    fn write(&self) -> Yaml {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port).into(),
            false => format!("{}:{}", self.host, self.port).into(),
        }
    }

    fn is_empty(&self) -> bool {
        self.port.is_empty()
    }
}
