//! Whole plans as people see them.
use super::*;
use crate::report::sample;

fn rendered(plan: &Plan) -> String {
    render(plan, Style::new(false))
}

#[test]
fn a_rollout_is_told_from_the_first_change_to_the_totals() {
    insta::assert_snapshot!(rendered(&sample::rollout()), @"
    prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
    engine 16.6, facts read 2026-05-15T06:05:00Z

    Changes

      cluster
        ~ cluster parameter group (needs a restart)
            - default.aurora-postgresql16
            + orders-aurora-postgresql16
            a first attach marks every member pending-reboot, even where no static value differs, so
            that every member restarts

      parameters
        + log_lock_waits: 1 (live without a restart)
        ~ max_connections: 401 -> 500 (needs a restart)
        - log_temp_files: 0 -> its default (live without a restart)

      instance classes
        ~ orders-1: db.t3.medium -> db.r7g.large (needs a restart)

    Notes

      not proven: the running value of log_lock_waits: the API shows what is stored, not what runs
      note: runs are kept on this machine only; another machine is not kept out

    Actions, in this order
      Members restart in this run: the window is open until 2026-05-15T09:00:00Z.

      safeguard
         1. snapshot orders, about 4 min 40 s
            why:  the last resort if the rollout goes wrong
            undo: released when everything is verified

      stage
         2. create group orders-aurora-postgresql16, about 5 s
            why:  the default group cannot hold values
         3. modify parameters of orders-aurora-postgresql16, about 5 s
            why:  declared, and not stored
            what: log_lock_waits = 1; max_connections = 500

      activate
         4. flush orders-2 (reader), about 7 min 22 s
            why:  the class change restarts the reader, which loads max_connections too; readers come
                  before the writer so that a proven reader can take over
            what: applies the member's whole queue: DBInstanceClass = db.r7g.large
            undo: change the class back to db.t3.medium
         5. failover orders-2 (reader), about 1 min, writes stop for about 25 s
            why:  orders-2 runs everything that is declared
            point of no return: connections are dropped; a failover back drops them once more
         6. reboot orders-1 (writer), about 1 min 5 s
            why:  max_connections is static (401 -> 500)
            what: skipped if the member is already in-sync

      verify
         7. verify orders, about 15 s
            why:  done means that every member shows it

    Totals

      this run: 7 actions, about 14 min 32 s; 2 restarts; 1 writer interruption, about 25 s
    ");
}

#[test]
fn what_waits_for_the_window_stands_apart() {
    insta::assert_snapshot!(rendered(&sample::staged()), @"
    prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
    engine 16.6, facts read 2026-05-15T06:05:00Z

    Changes

      cluster
        ~ cluster parameter group (needs a restart)
            - default.aurora-postgresql16
            + orders-aurora-postgresql16
            a first attach marks every member pending-reboot, even where no static value differs, so
            that every member restarts

      parameters
        + log_lock_waits: 1 (live without a restart)
        ~ max_connections: 401 -> 500 (needs a restart)
        - log_temp_files: 0 -> its default (live without a restart)

      instance classes
        ~ orders-1: db.t3.medium -> db.r7g.large (needs a restart)

    Notes

      caution: once staged, any unplanned restart of a member activates the static values

    Actions, in this order
      No member restarts in this run.

      stage
         1. create group orders-aurora-postgresql16, about 5 s
            why:  the default group cannot hold values
         2. modify parameters of orders-aurora-postgresql16, about 5 s
            why:  declared, and not stored
            what: log_lock_waits = 1; max_connections = 500

    Later, not in this run
      the window Thu 23:00-02:00 (America/Los_Angeles) is closed. By the first apply after the window
      opens at 2026-05-22T06:00:00Z, or now with --activate.

      activate
         3. flush orders-2 (reader), about 7 min 22 s
            why:  the class change restarts the reader, which loads max_connections too; readers come
                  before the writer so that a proven reader can take over
            what: applies the member's whole queue: DBInstanceClass = db.r7g.large
            undo: change the class back to db.t3.medium
         4. failover orders-2 (reader), about 1 min, writes stop for about 25 s
            why:  orders-2 runs everything that is declared
            point of no return: connections are dropped; a failover back drops them once more
         5. reboot orders-1 (writer), about 1 min 5 s
            why:  max_connections is static (401 -> 500)
            what: skipped if the member is already in-sync

      verify
         6. verify orders, about 15 s
            why:  done means that every member shows it

    Totals

      this run: 2 actions, about 10 s; no restarts; no writer interruption
      later:    4 actions, about 9 min 42 s; 2 restarts; 1 writer interruption, about 25 s
    ");
}

#[test]
fn an_empty_plan_says_that_every_member_runs_what_is_declared() {
    insta::assert_snapshot!(rendered(&sample::empty()), @"
    prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
    engine 16.6, facts read 2026-05-15T06:05:00Z

    No changes. `prod` is as declared, and every member runs it.
    ");
}

#[test]
fn no_line_goes_beyond_column_100() {
    for plan in [sample::rollout(), sample::staged(), sample::empty()] {
        for line in rendered(&plan).lines() {
            assert!(line.chars().count() <= 100, "too long: {line}");
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = render(&sample::rollout(), Style::new(true));
    assert_ne!(coloured, rendered(&sample::rollout()));
    assert_eq!(
        anstream::adapter::strip_str(&coloured).to_string(),
        rendered(&sample::rollout())
    );
}
