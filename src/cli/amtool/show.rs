//! `cluster show` and `config show`.

use std::net::{IpAddr, SocketAddr};

use anyhow::Result;

use crate::cli::ExitStatus;

use super::model::{Cluster, Peer, Status, json};
use super::print;
use super::session::{Output, Session};
use super::table::align;

/// Prints the cluster's state.
pub(super) async fn cluster(session: &Session) -> Result<ExitStatus> {
    let status = session.api().await?.status().await?;
    print(&match session.output {
        Output::Json => json(&status.cluster)?,
        Output::Simple => summary(&status.cluster),
        Output::Extended => {
            let peers = peers(status.cluster.peers.iter().collect());
            format!("{}\n{peers}", summary(&status.cluster))
        }
    })
}

fn summary(cluster: &Cluster) -> String {
    align(&format!("Cluster Status:\t{}\nNode Name:\t{}\n", cluster.status, cluster.name))
}

/// The members, by their addresses.
fn peers(mut peers: Vec<&Peer>) -> String {
    let order = |peer: &&Peer| {
        let address = peer.address.parse().ok().map(|address: SocketAddr| address.ip());
        address.map(|ip| match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        })
    };
    peers.sort_by_key(order);
    let rows = peers.iter().map(|peer| format!("{}\t{}\t\n", peer.address, peer.name));
    align(&format!("Address\tName\n{}", rows.collect::<String>()))
}

/// Prints the configuration.
pub(super) async fn config(session: &Session) -> Result<ExitStatus> {
    let status = session.api().await?.status().await?;
    print(&match session.output {
        Output::Json => json(&status)?,
        Output::Simple => format!("{}\n", status.config.original),
        Output::Extended => extended(&status)?,
    })
}

fn extended(status: &Status) -> Result<String> {
    let version = &status.version_info;
    let uptime = serde_json::to_value(status.uptime)?;
    let lines = [
        ("buildUser", version.build_user.as_str()),
        ("goVersion", &version.go_version),
        ("revision", &version.revision),
        ("version", &version.version),
        ("branch", &version.branch),
        ("buildDate", &version.build_date),
        ("uptime", uptime.as_str().unwrap_or_default()),
    ];
    let lines = lines.map(|(name, value)| format!("{name} {value}\n"));
    Ok(format!("{}\n{}", status.config.original, lines.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_listed_by_address() {
        let peer = |address: &str, name: &str| Peer { address: address.into(), name: name.into() };
        let all =
            [peer("10.0.0.10:9094", "b"), peer("10.0.0.9:9094", "a"), peer("[::1]:9094", "c")];
        let expected = "Address         Name\n[::1]:9094      c  \n10.0.0.9:9094   a  \n\
                        10.0.0.10:9094  b  \n";
        assert_eq!(peers(all.iter().collect()), expected);
        assert_eq!(peers(Vec::new()), "Address  Name\n");
        let cluster = Cluster { name: String::new(), peers: Vec::new(), status: "disabled".into() };
        assert_eq!(summary(&cluster), "Cluster Status:  disabled\nNode Name:       \n");
    }
}
