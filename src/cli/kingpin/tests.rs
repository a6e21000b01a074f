use std::collections::BTreeMap;

use super::*;

const COLORS: Kind = Kind::Choice(&["red", "green"]);

static PROGRAM: Command = Command {
    name: "paint",
    help: "Paint.",
    flags: &[
        Flag::new("color", COLORS, "With this.").short('c').default("red"),
        Flag::new("quick", Kind::Switch, "Hurry.").short('q'),
    ],
    commands: &[
        Command {
            name: "wall",
            commands: &[
                Command {
                    name: "show",
                    flags: &[Flag::new("layers", Kind::Number, "So many.").short('l')],
                    argument: Some(Argument { name: "walls", kind: Kind::Text, count: Count::Any }),
                    ..PLAIN
                },
                Command {
                    name: "add",
                    flags: &[
                        Flag::new("note", Kind::Texts, "Notes."),
                        Flag::new("owner", Kind::Text, "Whose.").required(),
                        Flag::new("dry", Kind::Duration, "So long.").hidden(),
                    ],
                    ..PLAIN
                },
            ],
            default: Some("show"),
            ..PLAIN
        },
        Command {
            name: "door",
            commands: &[Command { name: "open", ..PLAIN }],
            argument: None,
            ..PLAIN
        },
        Command {
            name: "file",
            argument: Some(Argument { name: "file", kind: Kind::File, count: Count::AtMostOne }),
            ..PLAIN
        },
    ],
    ..PLAIN
};

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| if word == "''" { "" } else { word }.to_owned()).collect()
}

fn settled(line: &str) -> Result<String, String> {
    let line = read(&PROGRAM, words(line))?;
    let values = line.settle(&BTreeMap::new())?;
    let flags = ["color", "quick", "layers", "owner"].iter();
    let flags = flags.filter_map(|name| Some(format!("{name}={}", values.given(name)?)));
    let flags: Vec<String> =
        flags.chain(values.all("note").iter().map(|it| it.to_string())).collect();
    let arguments = values.arguments.join(",");
    Ok(format!("{} [{}] {}", line.names().join(" "), arguments, flags.join(" ")))
}

#[test]
fn lines_are_read_as_kingpin_reads_them() {
    let check = |line: &str, expected: &str| {
        assert_eq!(settled(line).as_deref(), Ok(expected), "{line}");
    };
    check("wall", "wall show [] color=red");
    check("wall show", "wall show [] color=red");
    check("wall a b", "wall show [a,b] color=red");
    check("wall -l 3 a -c green b", "wall show [a,b] color=green layers=3");
    check("-cgreen wall show -ql3", "wall show [] color=green quick=true layers=3");
    check("--no-quick wall --layers=3", "wall show [] color=red quick=false layers=3");
    check("wall --quick=yes", "wall show [yes] color=red quick=true");
    check("wall -- -l --x", "wall show [-l,--x] color=red");
    check("wall -", "wall show [] color=red");
    check("wall show show", "wall show [show] color=red");
    check("wall add --owner= --note a --note=b=c", "wall add [] color=red owner= a b=c");
    check("wall add --owner=x --dry=1d2h", "wall add [] color=red owner=x");
    check("", " [] color=red");
}

#[test]
fn mistakes_are_told_in_kingpins_words() {
    let check = |line: &str, expected: &str| {
        assert_eq!(settled(line).unwrap_err(), expected, "{line}");
    };
    check("nope", "expected command but got \"nope\"");
    check("door nope", "expected command but got \"nope\"");
    check("door", "must select a subcommand of 'door'");
    check("door open x", "unexpected x");
    check("wall --nope", "unknown long flag '--nope'");
    check("wall -z", "unknown short flag '-z'");
    check("wall -qz", "unknown short flag '-z'");
    check("wall --no-layers", "unknown long flag '--no-layers'");
    check("wall --layers", "expected argument for flag '--layers'");
    check("wall -l -q", "expected argument for flag '-l'");
    // the letters of a default command are known only after it is entered
    check("wall -l3", "expected argument for flag '-l'");
    check("wall -l x", "strconv.ParseFloat: parsing \"x\": invalid syntax");
    check("-c blue wall", "enum value must be one of red,green, got 'blue'");
    check("wall add", "required flag(s) '--owner' not provided");
    check("wall add --owner=a --owner=b", "flag 'owner' cannot be repeated");
    check("wall add --owner=a --dry=x", "time: invalid duration \"x\"");
    check("file /surely/not/there", "path '/surely/not/there' does not exist");
    check("file /dev/null b", "unexpected b");
}

#[test]
fn defaults_from_elsewhere_reach_the_program_and_the_command_that_runs() {
    let defaults = [("color", "green"), ("layers", "2"), ("owner", "me"), ("other", "x")];
    let defaults = defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let line = read(&PROGRAM, words("wall")).unwrap();
    let values = line.settle(&defaults).unwrap();
    assert_eq!((values.text("color"), values.text("layers")), ("green", "2"));
    let line = read(&PROGRAM, words("-c red wall -l 1")).unwrap();
    let values = line.settle(&defaults).unwrap();
    assert_eq!((values.text("color"), values.text("layers")), ("red", "1"));
    let bad = [("color".to_owned(), "blue".to_owned())].into();
    let refused = read(&PROGRAM, words("wall")).unwrap().settle(&bad).unwrap_err();
    assert_eq!(refused, "enum value must be one of red,green, got 'blue'");
}

#[test]
fn files_of_arguments_stand_for_their_lines() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("a"), "# these\n-l\n\n3\nx y\n").unwrap();
    let line = read(&PROGRAM, ["wall".to_owned(), format!("@{}", path("a")), "z".to_owned()]);
    let values = line.unwrap().settle(&BTreeMap::new()).unwrap();
    assert_eq!((values.text("layers"), values.arguments.join("|")), ("3", "x y|z".to_owned()));
    let missing = read(&PROGRAM, ["@/surely/not/there".to_owned()]).unwrap_err();
    assert!(
        missing.starts_with("failed to open arguments file \"/surely/not/there\":"),
        "{missing}"
    );
    std::fs::write(path("loop"), format!("@{}\n", path("loop"))).unwrap();
    let endless = read(&PROGRAM, [format!("@{}", path("loop"))]).unwrap_err();
    assert_eq!(endless, format!("more than {} files of arguments", read::MAX_FILES));
}

#[test]
fn help_names_every_command_and_flag_that_is_not_hidden() {
    for (line, names) in [
        ("--help", Some(vec![])),
        ("wall --help", Some(vec!["wall"])),
        ("help wall add", Some(vec!["wall", "add"])),
        ("wall add -h", Some(vec!["wall", "add"])),
        ("wall", None),
    ] {
        assert_eq!(read(&PROGRAM, words(line)).unwrap().asks_for_help(), names, "{line}");
    }
    let text = usage(&PROGRAM, &[]).unwrap();
    for part in ["wall show*", "wall add", "door open", "-c, --color=red", "--[no-]quick"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = usage(&PROGRAM, &["wall", "add"]).unwrap();
    assert!(text.starts_with("usage: paint wall add --owner=OWNER [<flags>]\n"), "{text}");
    assert!(text.contains("--note=NOTE ...") && !text.contains("dry"), "{text}");
    assert_eq!(usage(&PROGRAM, &["nope"]).unwrap_err(), "expected command but got \"nope\"");
}
