use xxhash_rust::xxh3::xxh3_64;

use super::super::Entry;
use super::*;

fn entries() -> Vec<Entry> {
    let entry = |key: &str, value: &str| (key.into(), value.into());
    vec![entry("", "c"), entry("a", "1"), entry("b", "")]
}

fn write_entries(directory: &Path, sequence: u64) -> PathBuf {
    let entries = entries();
    let mut entries = entries.iter();
    write(directory, sequence, |writer| entries.try_for_each(|(key, value)| writer.put(key, value)))
        .unwrap()
}

fn read(path: &Path) -> Result<Vec<Entry>, StateError> {
    let mut reader = Reader::open(path)?;
    let mut entries = Vec::new();
    while reader.advance()? {
        let (key, value) = reader.entry();
        entries.push((key.to_vec(), value.to_vec()));
    }
    Ok(entries)
}

#[test]
fn a_snapshot_comes_back_and_so_does_one_of_an_earlier_version() {
    let directory = tempfile::tempdir().unwrap();
    let path = write_entries(directory.path(), 7);
    assert_eq!(path.file_name().unwrap(), "snapshot-00000000000000000007");
    assert_eq!(read(&path), Ok(entries()));
    let old = write_old(directory.path(), 6, &entries());
    assert_eq!(read(&old), Ok(entries()));
}

#[test]
fn any_flipped_or_missing_byte_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    for path in [write_entries(directory.path(), 7), write_old(directory.path(), 6, &entries())] {
        let good = fs::read(&path).unwrap();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 0x10;
            fs::write(&path, bad).unwrap();
            assert!(read(&path).is_err(), "byte {position}");
            fs::write(&path, &good[..position]).unwrap();
            assert!(read(&path).is_err(), "cut at {position}");
        }
        fs::write(&path, [&good[..], b"x"].concat()).unwrap();
        assert!(read(&path).is_err());
    }
}

#[test]
fn an_entry_that_claims_to_be_huge_takes_no_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot-1");
    let mut claims = MAGIC.to_vec();
    claims.extend_from_slice(&[1; 8]);
    claims.extend_from_slice(&[0xfe; 24]);
    claims.extend_from_slice(&xxh3_64(&claims).to_le_bytes());
    fs::write(&path, claims).unwrap();
    assert!(read(&path).is_err());
}

#[test]
fn the_newest_three_are_kept_and_unfinished_ones_go() {
    let directory = tempfile::tempdir().unwrap();
    for sequence in [9, 10, 11, 12] {
        write_entries(directory.path(), sequence);
    }
    fs::write(directory.path().join("snapshot-00000000000000000013.tmp"), "x").unwrap();
    remove_unfinished(directory.path()).unwrap();
    let kept: Vec<_> = list(directory.path()).unwrap().into_iter().map(|(n, _)| n).collect();
    assert_eq!(kept, [12, 11, 10]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), SNAPSHOTS_KEPT);
}
