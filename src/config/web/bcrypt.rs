//! The form of bcrypt hashes. (Source: Go's `golang.org/x/crypto/bcrypt`; error texts too.)

/// The shortest hash.
const MIN_BYTES: usize = 59;
/// What may be asked of a machine: 2 to the power of this many rounds.
const COSTS: std::ops::RangeInclusive<i64> = 4..=31;

/// Checks that a text has the form of a hash; what it says of the password is not known here.
pub(super) fn check(hash: &str) -> Result<(), String> {
    let bytes = hash.as_bytes();
    if bytes.len() < MIN_BYTES {
        return Err("crypto/bcrypt: hashedSecret too short to be a bcrypted password".to_owned());
    }
    if bytes[0] != b'$' {
        let first = hash.chars().next().unwrap_or_default();
        return Err(format!(
            "crypto/bcrypt: bcrypt hashes must start with '$', but hashedSecret started with \
             '{first}'"
        ));
    }
    if bytes[1] > b'2' {
        let version = hash[1..].chars().next().unwrap_or_default();
        return Err(format!(
            "crypto/bcrypt: bcrypt algorithm version '{version}' requested is newer than current \
             version '2'"
        ));
    }
    let start = if bytes[2] == b'$' { 3 } else { 4 };
    let cost = String::from_utf8_lossy(&bytes[start..start + 2]);
    let Ok(number) = cost.parse::<i64>() else {
        return Err(format!("strconv.Atoi: parsing {cost:?}: invalid syntax"));
    };
    if !COSTS.contains(&number) {
        let (least, most) = (COSTS.start(), COSTS.end());
        return Err(format!(
            "crypto/bcrypt: cost {number} is outside allowed inclusive range {least}..{most}"
        ));
    }
    Ok(())
}
