//! The alternative names of a certificate. (Source: RFC 5280, sections 4.1 and 4.2.1.6.)
//!
//! ```text
//! Certificate = SEQUENCE { TBSCertificate = SEQUENCE { ..., [3] { SEQUENCE { Extension, ... } } }, ... }
//! Extension   = SEQUENCE { OID, BOOLEAN?, OCTET STRING }
//! subjectAltName's octets = SEQUENCE { [1] e-mail | [2] DNS | [6] URI | [7] address, ... }
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most names that are read of a certificate.
pub const NAMES_LIMIT: usize = 1000;

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// The alternative names in their order: DNS names, e-mail addresses, addresses and URIs as text;
/// none of what is no certificate.
pub fn alternative_names(certificate: &[u8]) -> Vec<String> {
    let names = extension(certificate).and_then(|extension| {
        let (_, names) = Elements(extension).find(|(tag, _)| *tag == SEQUENCE)?;
        Some(Elements(names).take(NAMES_LIMIT).filter_map(|(tag, name)| text(tag, name)).collect())
    });
    names.unwrap_or_default()
}

/// The content of the extension that has the names.
fn extension(certificate: &[u8]) -> Option<&[u8]> {
    let signed = within(within(certificate, SEQUENCE)?, SEQUENCE)?;
    let extensions = within(within(signed, EXTENSIONS)?, SEQUENCE)?;
    let is_wanted = |content: &&[u8]| within(content, OID) == Some(SUBJECT_ALT_NAME);
    let extension = Elements(extensions).map(|(_, content)| content).find(is_wanted)?;
    within(extension, OCTETS)
}

fn within(content: &[u8], wanted: u8) -> Option<&[u8]> {
    Elements(content).find(|(tag, _)| *tag == wanted).map(|(_, content)| content)
}

fn text(tag: u8, name: &[u8]) -> Option<String> {
    match tag & 0x1f {
        1 | 2 | 6 => String::from_utf8(name.to_vec()).ok(),
        7 => {
            let v4 = <[u8; 4]>::try_from(name).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
            let v6 = <[u8; 16]>::try_from(name).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
            v4.or(v6).ok().map(|address| address.to_canonical().to_string())
        }
        _ => None,
    }
}

/// The elements of a content one after the other: tag and content; ends at what is none.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, short], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match short {
            0..=0x7f => (usize::from(short), rest),
            // at most three bytes: nothing that is read here has 16 MiB
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
                let length = bytes.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::string::Ia5String;
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn certificate(names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn ia5(text: &str) -> Ia5String {
        text.try_into().unwrap()
    }

    #[test]
    fn names_of_all_kinds_are_read() {
        let der = certificate(vec![
            SanType::DnsName(ia5("a.example")),
            SanType::Rfc822Name(ia5("a@example")),
            SanType::URI(ia5("spiffe://example/a")),
            SanType::IpAddress("10.0.0.1".parse().unwrap()),
            SanType::IpAddress("fd00::1".parse().unwrap()),
        ]);
        let names = ["a.example", "a@example", "spiffe://example/a", "10.0.0.1", "fd00::1"];
        assert_eq!(alternative_names(&der), names);
        assert_eq!(alternative_names(&certificate(Vec::new())), [""; 0]);
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_certificate() {
        let der = certificate(vec![SanType::DnsName(ia5("a.example"))]);
        for length in 0..der.len() {
            alternative_names(&der[..length]);
            let mut changed = der.clone();
            changed[length] ^= 0xff;
            alternative_names(&changed);
        }
        assert_eq!(alternative_names(&der[..der.len() / 2]), [""; 0]);
    }

    #[test]
    fn only_so_many_names_are_read() {
        let name = |number: usize| SanType::DnsName(ia5(&number.to_string()));
        let der = certificate((0..NAMES_LIMIT + 5).map(name).collect());
        assert_eq!(alternative_names(&der).len(), NAMES_LIMIT);
    }
}
