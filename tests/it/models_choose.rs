//! Which model is used, and the embedded list.

use std::fs;
use std::time::{Duration, SystemTime};

use autograde::speech::models::{
    Catalog, ChosenSource, ModelError, ModelKind, Models, State, sha256_of,
};

use crate::model_file::ModelFile;
use crate::workspace::Workspace;

/// A folder with a list of `best`, `good` (plain `g`) and a voice activity model, whose files are models of the test.
struct Scene {
    dir: Workspace,
    models: Models,
    best: Vec<u8>,
    good: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let dir = Workspace::new();
        let best = ModelFile::smallest_v3().build().0;
        let good = ModelFile::smallest().build().0;
        let mut list = "schema = 1\n[sources]\nx = \"http://x.invalid/\"\n".to_owned();
        for (name, plain, kind, bytes) in [
            ("best", "b", "whisper", &best),
            ("good", "g", "whisper", &good),
            ("vad", "v", "vad", &vec![1; 9]),
        ] {
            let sha256 = sha256_of(&dir.write("hash", bytes)).unwrap();
            list = format!(
                "{list}[[model]]\nname = \"{name}\"\nplain = \"{plain}\"\nkind = \"{kind}\"\nfile = \"{name}.bin\"\nsource = \"x\"\n\
                 bytes = {}\nsha256 = \"{sha256}\"\nmemory_mib = [1, 1]\npurpose = \"\"\n",
                bytes.len()
            );
        }
        let models = Models::new(Catalog::parse(&list).unwrap(), dir.path("models"));
        Self { dir, models, best, good }
    }

    /// The name of what is chosen, and whether it is listed.
    #[track_caller]
    fn chosen(&self, arg: Option<&str>, config: Option<&str>) -> (String, bool) {
        let chosen = self.models.choose(arg, config).unwrap();
        (chosen.name, chosen.listed)
    }

    #[track_caller]
    fn refused(&self, arg: &str, wanted: &str) -> ModelError {
        let error = self.models.choose(Some(arg), None).unwrap_err();
        assert!(error.to_string().contains(wanted), "`{error}` does not say `{wanted}`");
        error
    }
}

#[test]
fn without_any_file_the_demo_model_is_used() {
    let scene = Scene::new();
    match scene.models.choose(None, None) {
        Ok(chosen) => {
            assert!(chosen.is_demo() && chosen.listed);
            assert_eq!((chosen.name.as_str(), chosen.sha256.len()), ("demo-ru", 64));
        }
        Err(error) => assert!(
            matches!(error, ModelError::None) && cfg!(not(feature = "demo-model")),
            "{error}"
        ),
    }
}

#[test]
fn the_first_of_the_list_that_is_installed_is_the_best() {
    let scene = Scene::new();
    scene.dir.write("models/good.bin", &scene.good);
    assert_eq!(scene.chosen(None, None), ("good".to_owned(), true));
    scene.dir.write("models/best.bin.part", &scene.best[..9]);
    assert_eq!(scene.chosen(None, None), ("good".to_owned(), true));
    scene.dir.write("models/best.bin", &scene.best);
    assert_eq!(scene.chosen(None, None), ("best".to_owned(), true));
}

#[test]
fn the_flag_wins_over_the_configuration_and_that_over_the_best() {
    let scene = Scene::new();
    scene.dir.write("models/good.bin", &scene.good);
    scene.dir.write("models/best.bin", &scene.best);
    assert_eq!(scene.chosen(None, Some("g")).0, "good");
    assert_eq!(scene.chosen(Some("best"), Some("g")).0, "best");
    assert_eq!(scene.chosen(Some("demo-ru"), Some("g")).0, "demo-ru");
    let chosen = scene.models.choose(Some("good"), None).unwrap();
    assert_eq!(chosen.source, ChosenSource::Path(scene.dir.path("models/good.bin")));
    assert_eq!(chosen.sha256, scene.models.catalog().entry("g").unwrap().sha256);
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let scene = Scene::new();
    let error = scene.refused("smal", "known are b, g");
    assert!(matches!(error, ModelError::UnknownName { .. }));
    scene.refused("g", "run `autograde models pull good`");
    scene.refused("v", "finds speech");
    scene.refused("dir/smal.bin", "cannot read");
}

#[test]
fn a_listed_name_with_other_bytes_is_refused() {
    let scene = Scene::new();
    let mut changed = scene.good.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    scene.dir.write("models/good.bin", &changed);
    let error = scene.refused("good", "its SHA-256 is");
    assert!(matches!(error, ModelError::Mismatch { .. }));
    // It is not passed over in silence either.
    assert!(scene.models.choose(None, None).is_err());
    scene.dir.write("models/good.bin", &scene.good[..last]);
    scene.refused("good", "its length is");
}

#[test]
fn a_path_may_be_any_model_and_the_list_is_asked_by_hash() {
    let scene = Scene::new();
    let other = ModelFile { audio_layers: 2, ..ModelFile::smallest() }.build().0;
    let path = scene.dir.write("mine/tuned.bin", other);
    assert_eq!(scene.chosen(Some(path.to_str().unwrap()), None), ("tuned.bin".to_owned(), false));
    let copy = scene.dir.write("mine/copy.bin", &scene.good);
    assert_eq!(scene.chosen(Some(copy.to_str().unwrap()), None), ("good".to_owned(), true));
    let text = scene.dir.write("mine/text.bin", "words");
    scene.refused(text.to_str().unwrap(), "is not a Whisper model");
    let cut = scene.dir.write("mine/cut.bin", &scene.good[..9000]);
    scene.refused(cut.to_str().unwrap(), "cut off");
}

/// Sets the time of the last write back, so that the file counts as one that has rested, and waits till it has.
fn rest() {
    std::thread::sleep(Duration::from_millis(2100));
}

#[test]
fn a_hash_is_remembered_until_the_file_changes_in_any_way() {
    let scene = Scene::new();
    let path = scene.dir.write("models/good.bin", &scene.good);
    let list = scene.dir.path("models/.hashes.json");
    scene.chosen(Some("good"), None);
    assert!(!list.exists(), "a file that was written just now must not be remembered");
    rest();
    scene.chosen(Some("good"), None);
    let remembered = fs::read_to_string(&list).unwrap();
    assert!(remembered.contains(&scene.models.catalog().entry("good").unwrap().sha256));

    // Proof that it is read: a false hash in it is believed.
    let lie =
        remembered.replace(&scene.models.catalog().entry("good").unwrap().sha256, &"0".repeat(64));
    fs::write(&list, &lie).unwrap();
    scene.refused("good", &"0".repeat(64));

    // Other bytes, the same length, the time of the last write restored: the time of the last change gives it away.
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, &scene.good).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    scene.chosen(Some("good"), None);

    // A damaged list costs time and nothing else.
    fs::write(&list, "{ no json").unwrap();
    scene.chosen(Some("good"), None);
}

#[test]
fn a_folder_that_cannot_be_written_costs_time_and_nothing_else() {
    let scene = Scene::new();
    scene.dir.write("models/good.bin", &scene.good);
    // A folder in the place of the list.
    fs::create_dir_all(scene.dir.path("models/.hashes.json")).unwrap();
    rest();
    assert_eq!(scene.chosen(Some("good"), None).0, "good");
}

#[test]
fn what_lies_in_the_folder_is_told() {
    let scene = Scene::new();
    scene.dir.write("models/best.bin", "short");
    scene.dir.write("models/good.bin.part", "part");
    let states: Vec<_> = scene.models.survey().into_iter().map(|found| found.state).collect();
    assert_eq!(
        states,
        [State::WrongSize { bytes: 5 }, State::Partial { bytes: 4 }, State::Missing]
    );
    assert!(scene.models.vad().unwrap().is_none());
    scene.dir.write("models/vad.bin", [2; 9]);
    assert!(matches!(scene.models.vad(), Err(ModelError::Mismatch { .. })));
    scene.dir.write("models/vad.bin", [1; 9]);
    assert!(matches!(scene.models.vad(), Err(ModelError::NotVad { .. })));
}

#[test]
fn the_embedded_list_is_sound_and_small_is_what_a_plain_name_means() {
    let list = Catalog::embedded().unwrap();
    for (name, wanted) in [
        ("small", "small-q8_0"),
        ("base", "base-q8_0"),
        ("tiny", "tiny-q8_0"),
        ("large-v3-turbo", "large-v3-turbo-q5_0"),
        ("small-f16", "small-f16"),
        ("silero", "silero-v6.2.0"),
    ] {
        assert_eq!(list.entry(name).unwrap().name, wanted);
    }
    assert_eq!(list.entry("small").unwrap().bytes, 264_464_607);
    assert!(list.vad().is_some());
    for entry in list.entries() {
        assert!(entry.urls.iter().all(|url| url.starts_with("https://")), "{}", entry.name);
        assert!(entry.urls[0].ends_with(&entry.file), "{}", entry.name);
        let family = entry.name.rsplit_once('-').unwrap().0;
        let bare = entry.file.trim_start_matches("ggml-").trim_end_matches(".bin");
        assert!(
            bare == entry.name
                || entry.kind == ModelKind::Vad
                || (bare == family && entry.name.ends_with("f16")),
            "{} is in {}",
            entry.name,
            entry.file
        );
    }
}

#[test]
fn lists_that_contradict_themselves_are_refused() {
    let good = "schema = 1\n[sources]\nx = \"http://x/\"\n[[model]]\nname = \"a\"\nkind = \"whisper\"\nfile = \"a.bin\"\n\
                source = \"x\"\nbytes = 1\nmemory_mib = [1, 1]\npurpose = \"\"\n";
    let good = format!("{good}sha256 = \"{}\"\n", "a".repeat(64));
    assert!(Catalog::parse(&good).is_ok());
    let row = good.split_once("[[model]]").unwrap().1;
    let cases = [
        (good.replace("schema = 1", "schema = 2"), "schema 2"),
        (good.replace("a.bin", "../a.bin"), "no plain name"),
        (good.replace("a.bin", ".hidden"), "no plain name"),
        (good.replace("bytes = 1", "bytes = 0"), "0 bytes"),
        (good.replace("source = \"x\"", "source = \"y\""), "names the source `y`"),
        (good.replace("http://x", "ftp://x"), "neither http nor https"),
        (good.replace("aaaa", "AAAA"), "not 64 lower-case"),
        (good.replace("purpose", "propose"), "unknown field"),
        (
            format!("{good}[[model]]{}", row.replace("name = \"a\"", "name = \"b\"")),
            "share a name or a file",
        ),
        (
            format!(
                "{good}[[model]]{}plain = \"a\"\n",
                row.replace("\"a\"", "\"b\"").replace("a.bin", "b.bin")
            ),
            "share a name or a file",
        ),
        ("nonsense".to_owned(), "list of models is wrong"),
    ];
    for (text, wanted) in cases {
        let error = Catalog::parse(&text).unwrap_err().to_string();
        assert!(error.contains(wanted), "`{error}` does not say `{wanted}`");
    }
}

#[test]
fn verify_reads_the_bytes_whatever_is_remembered() {
    let scene = Scene::new();
    let path = scene.dir.write("models/good.bin", &scene.good);
    let entry = scene.models.catalog().entry("good").unwrap();
    rest();
    scene.chosen(Some("good"), None);
    scene.models.verify(entry).unwrap();
    let mut changed = scene.good.clone();
    changed[100] ^= 1;
    fs::write(&path, changed).unwrap();
    let old = SystemTime::now() - Duration::from_hours(1);
    fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    assert!(matches!(
        scene.models.verify(entry),
        Err(ModelError::Mismatch { what: "SHA-256", .. })
    ));
}
