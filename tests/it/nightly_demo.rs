//! The demonstration of `docs/nightly.md`, run as it is written there, with a few short calls in place of the samples.

use std::process::Command;

use crate::nightly::numbered;
use crate::short_calls::short_calls;
use crate::workspace::{Workspace, repository};

#[test]
fn the_demonstration_of_the_manual_goes_through() {
    let place = Workspace::new();
    for (name, bytes) in numbered(8).iter().zip(short_calls(8, 2000)) {
        place.write(&format!("calls/{name}"), bytes);
    }
    let output = Command::new("sh")
        .arg(repository().join("scripts/nightly-demo.sh"))
        .arg(env!("CARGO_BIN_EXE_autograde"))
        .arg(place.path("calls"))
        .env("HOME", place.path("home"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .output()
        .unwrap();
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}");
    // Each step, and what is there to be seen in it.
    let mut rest = &*said;
    for part in [
        "== Three folders",
        "pbx/odd/noise.mp3",
        "== init",
        "== The CDR",
        "строк 4, звонков 3",
        "новых 3, изменённых 0, уже известных 0",
        "новых 0, изменённых 0, уже известных 3",
        "+79161234567",
        "Анна Королёва",
        "+79267654321",
        "звонков 3: входящих 2 (без ответа 1), исходящих 1",
        "== A night, killed",
        "data/drafts/",
        "== The next run",
        "== What the journal knew",
        "\"direction\": \"out\"",
        "Анна Королёва",
        "+79161234567",
        "== What failed",
        "noise.mp3",
        "== Once more",
        "== A changed rule",
        "== What waits",
    ] {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("no `{part}` behind what came before it:\n{said}\n{errors}");
        };
        rest = after;
    }
}
