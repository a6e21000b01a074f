//! Who runs the command.

use std::path::Path;

use crate::drivers::load::read_text;

/// The name of the user that this process belongs to; empty when nothing tells.
pub(super) fn name() -> String {
    let from_list = || {
        let list = read_text(Path::new("/etc/passwd")).ok()?;
        listed(&list, identity()?)
    };
    let from_environment =
        || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    from_list().or_else(from_environment).unwrap_or_default()
}

#[cfg(unix)]
fn identity() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

#[cfg(not(unix))]
fn identity() -> Option<u32> {
    None
}

/// The name of a user in a list as `/etc/passwd` is one.
fn listed(list: &str, identity: u32) -> Option<String> {
    let identity = identity.to_string();
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == identity).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_number() {
        let list = "root:x:0:0:root:/root:/bin/sh\n# nobody\nada:x:1000:1000::/home/ada:\n";
        assert_eq!(listed(list, 1000).as_deref(), Some("ada"));
        assert_eq!(listed(list, 0).as_deref(), Some("root"));
        assert_eq!(listed(list, 1), None);
    }
}
