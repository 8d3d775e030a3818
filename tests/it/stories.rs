//! Every story under tests/scripts, each a test of its own.

use crate::support::{project::repository, story};
use std::collections::BTreeSet;

macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                story::run(&repository().join("tests/scripts").join(concat!(stringify!($name), ".story")));
            }
        )*

        #[test]
        fn no_story_is_forgotten() {
            let listed: BTreeSet<String> = [$(stringify!($name).to_owned()),*].into();
            let present: BTreeSet<String> = std::fs::read_dir(repository().join("tests/scripts"))
                .unwrap()
                .filter_map(|entry| {
                    let name = entry.unwrap().file_name().into_string().unwrap();
                    name.strip_suffix(".story").map(str::to_owned)
                })
                .collect();
            assert_eq!(listed, present);
        }
    };
}

stories! {
    a_declaration_changed_meanwhile,
    a_failover_that_fails,
    a_rehearsal,
    a_removed_parameter,
    a_second_reboot,
    a_single_member,
    a_writer_whose_name_says_reader,
    bad_input,
    dev_rollout,
    forty_five_parameters,
    in_doubt,
    killed_and_resumed,
    only_dynamic_parameters,
    plan_files,
    prod_in_its_window,
    prod_outside_its_window,
    restore_from_snapshot,
    restore_without_a_snapshot,
    rollback_after_somebody_acted,
    rollback_in_doubt,
    rollback_of_a_half_finished_run,
    rollback_of_dev,
    rollback_of_prod,
    steps_and_gates,
    three_readers,
    unlock,
    verify_finds_what_the_api_does_not,
    without_aws,
}
