//! Protobuf's wire format, written.

/// A message that grows.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn key(&mut self, field: u32, wire: u64) {
        self.varint(u64::from(field) << 3 | wire);
    }

    pub(super) fn int64(&mut self, field: u32, value: i64) {
        self.key(field, 0);
        self.varint(value as u64);
    }

    /// The small numbers of either sign: zigzag.
    pub(super) fn sint32(&mut self, field: u32, value: i32) {
        self.key(field, 0);
        self.varint(u64::from(((value << 1) ^ (value >> 31)) as u32));
    }

    pub(super) fn double(&mut self, field: u32, value: f64) {
        self.key(field, 1);
        self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    pub(super) fn text(&mut self, field: u32, text: &str) {
        self.key(field, 2);
        self.varint(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A packed list of doubles; none at all is no field.
    pub(super) fn doubles(&mut self, field: u32, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        self.key(field, 2);
        self.varint(values.len() as u64 * 8);
        for value in values {
            self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }

    /// A message within this one; its length is known when it is written, so it moves up.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Writer)) {
        self.key(field, 2);
        let start = self.bytes.len();
        write(self);
        let length = self.bytes.len() - start;
        let mut header = Writer::default();
        header.varint(length as u64);
        self.bytes.splice(start..start, header.bytes);
    }
}
