//! Protobuf's wire format, read field by field without copying.

/// What is wrong, and the bytes from there.
#[derive(Debug)]
pub(super) struct Fault<'a> {
    pub(super) at: &'a [u8],
    pub(super) what: &'static str,
}

/// The value of a field.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32,
    Bytes(&'a [u8]),
}

/// The fields of a message, each with its number.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Fields<'a> {
        Fields { rest: bytes }
    }

    fn field(&mut self) -> Result<(u64, Field<'a>), Fault<'a>> {
        let start = self.rest;
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.bytes(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => {
                self.array::<4>()?;
                Field::Fixed32
            }
            _ => return Err(Fault { at: start, what: "unknown wire type" }),
        };
        Ok((key >> 3, value))
    }

    fn varint(&mut self) -> Result<u64, Fault<'a>> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Fault { at: self.rest, what: "number that does not end" })
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Fault<'a>> {
        let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
            return Err(Fault { at: self.rest, what: "field longer than its message" });
        };
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault<'a>> {
        let Some((bytes, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(Fault { at: self.rest, what: "field longer than its message" });
        };
        self.rest = rest;
        Ok(*bytes)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), Fault<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Field<'_>)>, (usize, &'static str)> {
        let all: Result<Vec<_>, _> = Fields::new(bytes).collect();
        all.map_err(|fault| (bytes.len() - fault.at.len(), fault.what))
    }

    #[test]
    fn fields_are_read_one_after_the_other() {
        let bytes =
            b"\x08\x96\x01\x12\x03abc\x19\x00\x00\x00\x00\x00\x00\xf0\x3f\x25\x01\x00\x00\x00";
        let expected = [
            (1, Field::Varint(150)),
            (2, Field::Bytes(b"abc")),
            (3, Field::Fixed64(1.0f64.to_bits())),
            (4, Field::Fixed32),
        ];
        assert_eq!(read(bytes), Ok(expected.to_vec()));
        let negative = b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(read(negative), Ok(vec![(2, Field::Varint(u64::MAX))]));
    }

    #[test]
    fn what_is_broken_is_refused_where_it_is_broken() {
        let cases: [(&[u8], _); 6] = [
            (b"\x08", (1, "number that does not end")),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", (1, "number that does not end")),
            (b"\x12\x05ab", (2, "field longer than its message")),
            (
                b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                (11, "field longer than its message"),
            ),
            (b"\x08\x01\x09\x00", (3, "field longer than its message")),
            (b"\x0b", (0, "unknown wire type")),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(bytes), Err(expected), "{bytes:x?}");
        }
    }
}
