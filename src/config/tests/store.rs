//! `[store]`: where runs are kept, layered like everything else.

use super::*;

fn partition(name: &str, addition: &str) -> String {
    format!(
        "extends = \"shared.toml\"\n[partition]\nname = \"{name}\"\n[aws]\naccount = \"111111111111\"\nregion = \"us-east-1\"\n\
         profile = \"Admin\"\n[cluster]\nidentifier = \"{name}\"\n{addition}"
    )
}

fn shared(addition: &str) -> String {
    format!("[cluster]\nengine_version = \"16\"\napply_immediately = true\n{addition}")
}

#[test]
fn a_bucket_is_declared_once_and_asked_with_the_partitions_region_and_profile_unless_told() {
    let declarations = Declarations::new(&[
        (
            "shared.toml",
            &shared("[store]\nurl = \"s3://acme-runs/aurora/\"\nregion = \"eu-west-1\"\n"),
        ),
        ("dev.toml", &partition("dev", "")),
        (
            "prod.toml",
            &partition(
                "prod",
                "[store]\nurl = \"s3://acme-prod\"\nprofile = \"Runs\"\n",
            ),
        ),
    ]);
    let stores: Vec<String> = declarations
        .all()
        .into_iter()
        .map(|desired| {
            let store = desired.store.clone().unwrap();
            let json = serde_json::to_string(&desired).unwrap();
            assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), desired);
            format!(
                "{} in {} as {}",
                store.bucket,
                store.region.unwrap(),
                store.profile.unwrap()
            )
        })
        .collect();
    assert_eq!(
        stores,
        [
            "s3://acme-runs/aurora in eu-west-1 as Admin",
            "s3://acme-prod in eu-west-1 as Runs"
        ]
    );
}

#[test]
fn without_a_store_runs_stay_beside_the_declarations() {
    let declarations = Declarations::new(&[
        ("shared.toml", &shared("")),
        ("dev.toml", &partition("dev", "")),
    ]);
    assert_eq!(declarations.all()[0].store, None);
}

#[test]
fn what_is_no_bucket_is_a_problem_with_a_way_out() {
    let of = |addition: &str| {
        Declarations::new(&[
            ("shared.toml", &shared("")),
            ("dev.toml", &partition("dev", addition)),
        ])
        .problems()
    };
    insta::assert_snapshot!(of("[store]\nurl = \"gs://acme-runs\"\n"), @r#"
    error: runs cannot be kept at `gs://`
      --> environments/dev.toml:11:7
       |
    11 | url = "gs://acme-runs"
       |       ^^^^^^^^^^^^^^^^
       |
       = hint: runs of several machines are kept in a bucket of S3: "s3://BUCKET/PREFIX"
    "#);
    insta::assert_snapshot!(of("[store]\nurl = \"/srv/runs\"\n"), @r#"
    error: `/srv/runs` is no URL of a bucket
      --> environments/dev.toml:11:7
       |
    11 | url = "/srv/runs"
       |       ^^^^^^^^^^^
       |
       = hint: a folder is named on the command line: --store DIR, or AURORACTL_STORE
    "#);
    insta::assert_snapshot!(of("[store]\nregion = \"us-east-1\"\n"), @"
    error: `url` is missing in [store]
      --> environments/dev.toml:10:2
       |
    10 | [store]
       |  ^^^^^
    ");
}
