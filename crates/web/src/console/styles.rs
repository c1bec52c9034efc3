//! `/ui`: every part in every state on one page, in debug builds: the living style sheet.

use crate::app::App;
use crate::console::frame::{Room, bare};
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Field, Pages, Tone, chart};
use crate::console::visit::{Visit, done};
use crate::rights::Staff;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use model::{Micros, Status};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/ui", get(page)).route("/ui/bare", get(bare_page)).route("/ui/done", post(acted))
}

async fn acted(_visit: Visit<Staff>) -> Response {
    done("/ui", "20 leads were assigned: Asha Nair 7, Bilal Khan 7, Chitra Rao 6.")
}

async fn bare_page() -> Response {
    let body = html! {
        h1 { "Sign in" }
        form method="post" action="/ui/done" {
            (ui::field(Field::text("email", "E-mail", "").kind("email").required().autocomplete("username")))
            (ui::field(Field::text("password", "Password", "").kind("password").required().error(Some("That was not right"))))
            (ui::submit(Tone::Primary, "Sign in"))
        }
    };
    bare("Sign in", &body).into_response()
}

async fn page(visit: Visit<Staff>) -> Response {
    let now = visit.clock().now();
    let actions = html! {
        (ui::button_link(Tone::Plain, Some(Icon::Download), "Export CSV", "#"))
        form method="post" action="/ui/done" { (ui::submit(Tone::Primary, "Assign 20 leads now")) }
    };
    let body = html! {
        (ui::breadcrumb(&[("Settings", "/settings")], "Parts"))
        (ui::heading("Parts", &html! { "Every part in every state" }, &actions))
        (ui::tabs("Parts", &[("All", "/ui", true), ("Without a rail", "/ui/bare", false)]))
        (numbers(&visit))
        div.columns { (ui::card("Controls", &ui::NONE, &controls())) (ui::card("Words", &ui::NONE, &words(now, &visit))) }
        (ui::card("Leads", &ui::NONE, &rows(now, &visit)))
        (ui::pages(&Pages { told: ui::plural(1_000_000, "lead"), first: None, next: Some("#".to_owned()) }))
        (ui::card("Nothing yet", &ui::NONE, &ui::empty(Icon::Import, "No leads yet",
            "Leads come from files, forms and the API. Import a file to see them here.",
            &ui::button_link(Tone::Primary, None, "Import a file", "/import"))))
    };
    visit.page(Room::Settings, "Parts", &body)
}

fn numbers(visit: &Visit<Staff>) -> Markup {
    let labels: Vec<String> = (0..24).map(|hour| format!("{hour:02}:00")).collect();
    let wave = |shift: i64| (0..24).map(|i| ((i * 7 + shift * 3) % 19) * (i % 5 + 1)).collect::<Vec<i64>>();
    let series = [
        chart::Series { name: "META", values: wave(0) },
        chart::Series { name: "GOOGLE", values: wave(2) },
        chart::Series { name: "BTL", values: wave(5) },
    ];
    html! {
        div.stats {
            (ui::stat("Leads today", &ui::number(1_284), &html! { (chart::sparkline("Leads an hour", &wave(1))) }))
            (ui::stat("Waiting", &ui::number(20), &html! { "oldest " (visit.clock().ago(visit.clock().now().plus_seconds(-500))) }))
            (ui::stat("Assigned within a minute", &html! { (ui::percent(98.2, 100.0)) }, &ui::NONE))
            (ui::stat("Spread", &ui::number(1), &html! { "excellent" }))
        }
        div.columns {
            (ui::card("Leads an hour", &ui::NONE, &chart::columns("Leads an hour, by source", &labels, &series, 8)))
            (ui::card("Shares", &ui::NONE, &html! {
                (chart::stack("Shares", &[("Asha Nair", 65), ("Bilal Khan", 32), ("Chitra Rao", 32), ("Dev Patel", 32)]))
                (chart::lines("Assigned", &labels, &series[..2], 8))
            }))
        }
    }
}

fn controls() -> Markup {
    html! {
        div.actions {
            (ui::submit(Tone::Primary, "Save config"))
            (ui::button_link(Tone::Plain, Some(Icon::Plus), "Add agent", "#"))
            (ui::submit(Tone::Danger, "Delete config"))
            (ui::submit(Tone::Quiet, "Cancel"))
        }
        (ui::switch("auto", "Auto-assign", true))
        (ui::switch("auto2", "Auto-assign", false))
        (ui::choices("policy", "Policy", "fair", &[("fair", "Fair"), ("round_robin", "Round robin"), ("fewest", "Fewest first")]))
        div.fields {
            (ui::field(Field::text("name", "Name", "Asha Nair").hint("As colleagues know her")))
            (ui::field(Field::text("cap", "Leads a day", "x").kind("text").error(Some("Must be a whole number"))))
            (ui::select(Field::text("order", "Order", "oldest"), &[("oldest", "Oldest first"), ("newest", "Newest first")]))
            (ui::text_area(Field::text("note", "Note", ""), 2))
        }
        div.chips {
            (ui::chip(&html! { "Asha Nair " (ui::presence(true)) },
                Some(html! { button.remove type="button" aria-label="Remove Asha Nair" { (Icon::Cross.svg()) } })))
            (ui::chip(&html! { "hindi" }, None))
        }
        (ui::copy_field("Token", "fl_0123456789abcdef"))
        (ui::confirm("d1", &html! { button.button type="button" data-action="open" data-dialog="d1" { "Open a dialog" } },
            "Delete the configuration of META?", &html! { "4 agents will get no more leads of META. History stays." },
            "/ui/done", ("Delete config", Tone::Danger)))
        (ui::file_drop("file", "Drop a file here, or choose one", "CSV, TSV, XLSX, XLS or ODS", ".csv"))
    }
}

fn words(now: Micros, visit: &Visit<Staff>) -> Markup {
    html! {
        div.chips { @for &status in Status::ALL { (ui::status(status)) } }
        div.row { (ui::pill("warn", Icon::Warning, "Damaged")) (ui::pill("good", Icon::Bolt, "NEXT")) (ui::presence(true)) (ui::presence(false)) (ui::meter("Open leads", 7, 10)) (ui::meter("Open leads", 10, 10)) }
        (ui::note("info", &html! { "Leads of this source wait until somebody is online." }))
        (ui::note("good", &html! { "Everything is assigned." }))
        (ui::note("warn", &html! { "2 agents have reached their daily limit." }))
        (ui::note("bad", &html! { "The file could not be read; nothing was stored." }))
        (ui::progress("Import", 62, 100))
        (ui::bar("62 %", 0.62))
        ol.timeline {
            (ui::timeline_item(Icon::Assign, &visit.clock().ago(now.plus_seconds(-95)), &html! { "Given to " strong { "Asha Nair" } " by fair" }))
            (ui::timeline_item(Icon::Import, &visit.clock().at(now.plus_seconds(-90_000)), &html! { "Came in with leads.csv, row 17" }))
        }
    }
}

fn rows(now: Micros, visit: &Visit<Staff>) -> Markup {
    let names = [
        "Ravi Kumar",
        "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of Upper Cholmondeley-on-the-Water",
        "Li",
    ];
    let columns = [
        Column::text("Lead"),
        Column::text("Source"),
        Column::text("Status"),
        Column::number("Value"),
        Column::text("Created"),
    ];
    ui::table(
        "Leads",
        &columns,
        &html! {
            @for (i, name) in names.iter().enumerate() {
                tr {
                    td { a.row-link.ellipsis href="#" { (name) } span.muted.small { "L-00012" (i) } }
                    td { "META" }
                    td { (ui::status(Status::ALL[i * 3])) }
                    td.numeric { (ui::grouped(1_250 * i as i64)) }
                    td.nowrap { (visit.clock().ago(now.plus_seconds(-4_000 * i as i64))) }
                }
            }
        },
    )
}
