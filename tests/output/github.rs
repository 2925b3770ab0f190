use afterclick::render::github::render;
use afterclick::review::record::{Concern, Surface};
use insta::assert_snapshot;

use crate::samples;

#[test]
fn silence_is_a_line_and_no_command() {
    assert_snapshot!(render(&samples::silence()), @"afterclick: Nothing to say. (12 files, 18 ms)");
}

#[test]
fn a_concern_is_a_warning() {
    assert_snapshot!(render(&samples::one()), @"
    ::warning file=app/payments/charge.ts,title=money/idempotency-dropped%3A ChargeService.charge::A retry may charge the customer twice. ChargeService.charge no longer asks whether this order was already paid before it charges the card. (It was at line 41 before the change.)%0AKeep one key per order and look it up before the charge, or say where that is done now.%0AIt happened before, on 2026-03-14 (double-charge): A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored.
    afterclick: 1 concern. Advice only: this does not block. (12 files, 18 ms)
    ");
}

#[test]
fn what_is_enforced_is_an_error() {
    assert_snapshot!(render(&samples::held()), @"
    ::error file=app/controllers/orders_controller.rb,line=23,title=auth/owner-scope-dropped%3A OrdersController#show::One customer can open another customer's order. OrdersController#show looked among the user's own orders and now looks among all of them.%0ALook the order up through its owner, and add a test that a stranger is refused.
    ::warning file=app/payments/charge.ts,title=money/idempotency-dropped%3A ChargeService.charge::A retry may charge the customer twice. ChargeService.charge no longer asks whether this order was already paid before it charges the card. (It was at line 41 before the change.)%0AKeep one key per order and look it up before the charge, or say where that is done now.%0AIt happened before, on 2026-03-14 (double-charge): A timeout made the queue retry, and 312 customers paid twice. Charge only after the key is stored.
    afterclick: Held: auth is enforced here. Fix the concern marked enforced, or have an owner accept it with a reason. (12 files, 18 ms)
    ");
}

#[test]
fn what_was_not_read_is_a_notice() {
    assert_snapshot!(render(&samples::unreviewed()), @"
    ::notice title=Not reviewed::assets/1.bin: binary file%0Aassets/2.bin: binary file%0Aassets/3.bin: binary file%0Aassets/4.bin: binary file%0Aassets/5.bin: binary file%0Aassets/6.bin: binary file%0Aassets/7.bin: binary file%0Aassets/8.bin: binary file%0Aassets/9.bin: binary file%0Aassets/10.bin: binary file%0Aand 2 more
    afterclick: Nothing to say about what was read. (12 files, 18 ms)
    ");
}

#[test]
fn a_change_cannot_bring_commands_of_its_own() {
    let commands = render(&samples::hostile());
    let lines: Vec<&str> = commands.lines().collect();
    assert!(matches!(
        lines[..],
        [warning, notice, verdict]
            if warning.starts_with("::warning ") && notice.starts_with("::notice ")
                && verdict.starts_with("afterclick: ")
    ));
    assert_snapshot!(commands, @r#"
    ::warning file=app/\u{1b}[2J\u{202e}st.redro\r\n%3A%3Aerror%3A%3Aowned/[x](http%3A//evil)<img>%25.ts,line=23,title=auth/owner-scope-dropped%3A show\u{200b}``@admin` <!-- --> ![i](http%3A//evil/p.png)::Anyone can call @everyone <script>x</script> [click](https://evil.example) `code` #1 | www.evil.example $x$ ![i](p) \u{202e} # not a heading ::error::no%0ALook the order up through its owner, and add a test that a stranger is refused.%0AIt happened before, on 2026-03-14 (INC-1\u{1b}]8;;http://evil\u{7}): @team: <b>never</b> {0} again.
    ::notice title=Not reviewed::a\nb, c:d%25\u{2028}@admin.png: binary\u{1b}[0m file
    afterclick: 1 concern. Advice only: this does not block. (12 files, 18 ms)
    "#);
}

#[test]
fn a_step_has_ten_annotations_of_a_level_and_the_rest_is_counted() {
    let mut review = samples::held();
    let numbered = |concern: &Concern| (0..14).map(|_| concern.clone()).collect::<Vec<_>>();
    review.concerns = review.concerns.iter().flat_map(numbered).collect();
    let commands = render(&review);
    assert_eq!(commands.matches("::error ").count(), 10);
    assert_eq!(commands.matches("::warning ").count(), 10);
    assert!(commands.contains("::notice title=8 more concerns::"));
    assert_eq!(review.held_by, [Surface::Auth]);
}
