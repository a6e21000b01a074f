//! Who asks.

use std::net::SocketAddr;

/// Who asks, as far as it cannot be forged: the name that a password proved and the address at
/// the other end of the connection. What a proxy says in headers is not believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The name that was proved; none without logins.
    pub user: Option<String>,
    /// The other end; none for what the process is told otherwise.
    pub address: Option<SocketAddr>,
}
