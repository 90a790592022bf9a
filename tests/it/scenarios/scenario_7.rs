//! Scenario 7: the date printed on the decision prices the award (C-12), also when it is signed later.

use serde_json::{Value, json};

use crate::support::calendar::{base_salary, rewards, when};
use crate::support::decisions::{Subject, Wanted, campaign, issued, items, nominations, plan};
use crate::support::on_both;
use crate::support::world::World;

on_both!(
    the_printed_date_prices_the_award,
    both_orders_of_rounding,
    no_base_salary_no_issue,
);

fn amounts(lines: &[Value]) -> Vec<i64> {
    lines
        .iter()
        .map(|line| line["amount_dong"].as_i64().unwrap())
        .collect()
}

async fn the_printed_date_prices_the_award(world: World) {
    // Signed and issued in July: only the printed date counts.
    world.set_time(when("2026-07-05T02:00:00Z"));
    let campaign = campaign(&world, 10, 28, plan()).await;
    let wanted = vec![
        Wanted::recommended(Subject::Collective(2)),
        Wanted::recommended(Subject::Person(11)),
        Wanted::recommended(Subject::Collective(3)),
        Wanted::recommended(Subject::Person(12)),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let june = issued(&world, campaign, &ids[..2], 1, when("2026-06-30")).await;
    let july = issued(&world, campaign, &ids[2..], 2, when("2026-07-01")).await;
    let (june, july) = (items(&world, &june).await, items(&world, &july).await);
    // As written: 1 410 000 and 710 000, then 1 520 000 and 760 000.
    for (lines, printed) in [(&june, when("2026-06-30")), (&july, when("2026-07-01"))] {
        let (individual, collective) = rewards(printed);
        assert_eq!(amounts(lines), [collective, individual], "{printed}");
    }
    assert_eq!(
        (&june[0]["coefficient_hundredths"], &june[0]["base_salary_dong"]),
        (&json!(60), &json!(base_salary(when("2026-06-30"))))
    );
    assert_eq!(
        (&july[1]["coefficient_hundredths"], &july[1]["base_salary_dong"]),
        (&json!(30), &json!(base_salary(when("2026-07-01"))))
    );
    // What decisions were priced by stays.
    let administrator = world.persona("administrator");
    let path = "/v1/reference/base-salaries";
    let today = format!("{path}?on={}", when("2026-07-01"));
    let present = administrator.get(&today).await.expect(200);
    let present = format!("{path}/{}", present.json["items"][0]["id"].as_str().unwrap());
    let kept = administrator.delete(&present, "*").await;
    kept.refused(409, "reference.in_use");
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn both_orders_of_rounding(world: World) {
    let mut twice = plan();
    twice.rounding_order = Some(thidua::domain::codes::RoundingOrder::DoubleRounded);
    let campaign = campaign(&world, 10, 28, twice).await;
    let wanted = vec![
        Wanted::recommended(Subject::Collective(2)),
        Wanted::recommended(Subject::Person(11)),
    ];
    let ids = nominations(&world, campaign, wanted).await;
    let path = issued(&world, campaign, &ids, 1, when("2026-06-30")).await;
    let (individual, _) = rewards(when("2026-06-30"));
    assert_eq!(amounts(&items(&world, &path).await), [2 * individual, individual]);
    assert_eq!(world.unsound().await, Vec::<String>::new());
}

async fn no_base_salary_no_issue(world: World) {
    use crate::support::decisions::{drafted, nomination, signed};
    let campaign = campaign(&world, 10, 28, plan()).await;
    let id = nomination(&world, campaign, Wanted::recommended(Subject::Person(11))).await;
    let path = drafted(&world, campaign, &[id]).await;
    signed(&world, &path).await;
    // Told before the number is spent.
    let number = json!({"number": 1, "issued_on": "2019-06-30"});
    let refused = world.persona("clerk").act(&path, "number", &number).await;
    let refused = refused.refused(409, "decision.base_salary_unknown");
    assert_eq!(refused.json["errors"][0]["pointer"], "/issued_on");
}
