//! The files of a folder: absent, damaged, unused, in a circle, or at odds with each other.

use crate::config::tests::*;

#[test]
fn a_partition_that_is_not_there() {
    let declarations = prod_with("");
    insta::assert_snapshot!(declarations.problems_of(&["prd", "zzz", "shared", "../prod"]), @"
    error: there is no partition `../prod` in `environments`
     |
     = hint: there is `prod`

    error: there is no partition `prd` in `environments`
     |
     = hint: did you mean `prod`?
     = hint: there is `prod`

    error: there is no partition `shared` in `environments`
     |
     = hint: there is `prod`
     = hint: `environments/shared.toml` has no [partition]; it is only extended by others

    error: there is no partition `zzz` in `environments`
     |
     = hint: there is `prod`
    ");
}

#[test]
fn cycles_of_extends() {
    let declarations = Declarations::new(&[
        ("a.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "extends = [\"a.toml\"]\n"),
        ("c.toml", "extends = \"./c.toml\"\n"),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `extends` leads back to where it began
     --> environments/b.toml:1:12
      |
    1 | extends = ["a.toml"]
      |            ^^^^^^^^ closes the circle
      |
      = hint: the circle is environments/a.toml -> environments/b.toml -> environments/a.toml

    error: the file extends itself
     --> environments/c.toml:1:11
      |
    1 | extends = "./c.toml"
      |           ^^^^^^^^^^
      |
      = hint: remove it from `extends`
    "#);
}

#[test]
fn files_that_cannot_be_read() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", &PROD.replace("shared.toml", "sharde.toml")),
        (
            "dev.toml",
            &PROD
                .replace(
                    "\"shared.toml\"",
                    "[\"shared.toml\", \"common/zzz.toml\", \"folder\"]",
                )
                .replace("prod", "dev"),
        ),
        ("folder/x.txt", ""),
    ]);
    std::fs::write(declarations.0.path().join("latin.toml"), b"# \xe9\n").unwrap();
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: cannot read `environments/latin.toml`: it is not UTF-8 text: invalid utf-8 sequence of 1 bytes from index 2

    error: there is no file `environments/common/zzz.toml`
     --> environments/dev.toml:2:27
      |
    2 | extends = ["shared.toml", "common/zzz.toml", "folder"]
      |                           ^^^^^^^^^^^^^^^^^
      |
      = hint: `extends` is relative to the file that says it

    error: cannot read `environments/folder`: Is a directory (os error 21)
     --> environments/dev.toml:2:46
      |
    2 | extends = ["shared.toml", "common/zzz.toml", "folder"]
      |                                              ^^^^^^^^

    error: there is no file `environments/sharde.toml`
     --> environments/prod.toml:2:11
      |
    2 | extends = "sharde.toml"
      |           ^^^^^^^^^^^^^
      |
      = hint: did you mean `shared.toml`?
    "#);
}

/// Reading these would never end, or end with the memory.
#[test]
fn devices_and_files_of_endless_length() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", &PROD.replace("shared.toml", "/dev/zero")),
        ("large.toml", ""),
    ]);
    let large = std::fs::File::create(declarations.0.path().join("large.toml")).unwrap();
    large.set_len(1 << 40).unwrap();
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: cannot read `environments/large.toml`: it has 1099511627776 bytes, and a declaration has 1048576 at most

    error: cannot read `/dev/zero`: it is not a regular file
     --> environments/prod.toml:2:11
      |
    2 | extends = "/dev/zero"
      |           ^^^^^^^^^^^
    "#);
}

#[test]
fn text_that_is_not_toml() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        (
            "prod.toml",
            "extends = \"shared.toml\"\n[partition]\nname = prod\n[partition]\nname = \"prod\n",
        ),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: this is not TOML: string values must be quoted, expected literal string
     --> environments/prod.toml:3:8
      |
    3 | name = prod
      |        ^^^^

    error: this is not TOML: duplicate key
     --> environments/prod.toml:4:2
      |
    4 | [partition]
      |  ^^^^^^^^^

    error: this is not TOML: duplicate key
     --> environments/prod.toml:5:1
      |
    5 | name = "prod
      | ^^^^

    error: this is not TOML: invalid basic string, expected `"`
     --> environments/prod.toml:5:13
      |
    5 | name = "prod
      |             ^
    "#);
}

#[test]
fn damaged_text_never_stops_the_reading() {
    let mut random = fastrand::Rng::with_seed(7);
    let whole = format!(
        "{PROD}[cluster.instances.a-1]\ninstance_class = \"db.é\"\n[window]\nat = 2026-05-14T23:00:00\nlength = \"3h\"\n{}",
        SHARED.replace("[cluster]", "[snapshot]")
    );
    let noise = [
        "\"", "[", "]", "=", ".", "\n", "\r", "\t", "é", "\u{1b}", "{", "'''", "9", "-", ",",
    ];
    for _ in 0..2_000 {
        let mut letters: Vec<char> = whole.chars().collect();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..letters.len());
            let end = (at + random.usize(0..9)).min(letters.len());
            let replacement = noise[random.usize(0..noise.len())];
            letters.splice(at..end, replacement.chars());
        }
        let source = source::Source::new("x.toml", letters.iter().collect::<String>());
        let mut problems = Vec::new();
        read::read(&source, &mut problems);
        if !problems.is_empty() {
            let shown = Problems::new(problems).render(false);
            assert!(shown.contains("x.toml:"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
        }
    }
}

#[test]
fn a_file_name_that_disagrees_with_the_partition() {
    let declarations = Declarations::new(&[("shared.toml", SHARED), ("production.toml", PROD)]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: the partition `prod` is declared in `environments/production.toml`
     --> environments/production.toml:5:8
      |
    5 | name = "prod"
      |        ^^^^^^
      |
      = hint: rename the file to `prod.toml`, or the partition to `production`
    "#);
}

#[test]
fn two_partitions_of_one_cluster() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", PROD),
        (
            "twin.toml",
            &PROD
                .replace("\"prod\"", "\"twin\"")
                .replace("Orders-Prod", "ORDERS-PROD"),
        ),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: the partitions `prod` and `twin` declare the same cluster
      --> environments/twin.toml:12:14
       |
    12 | identifier = "ORDERS-PROD"
       |              ^^^^^^^^^^^^^
       |
       = hint: a cluster belongs to one partition; give one of them its own identifier
    "#);
}

#[test]
fn files_that_nobody_uses_and_directories_without_partitions() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", PROD),
        ("old.toml", SHARED),
    ]);
    insta::assert_snapshot!(declarations.problems(), @"
    error: the file declares no partition, and no other file extends it
     --> environments/old.toml:2:1
      |
    2 | [cluster]
      | ^^^^^^^^^
      |
      = hint: add [partition] with `name`, or move the file elsewhere
    ");
    insta::assert_snapshot!(Declarations::new(&[]).problems(), @r#"
    error: no file in `environments` declares a partition
     |
     = hint: a partition is a file NAME.toml with [partition] and `name = "NAME"`
    "#);
}
