//! What is a Whisper model, and what is refused before native code sees it.

use std::io::Write as _;

use autograde::speech::models::{
    ModelError, ModelHeader, TensorType, check_header, check_header_bytes, check_vad,
    check_vad_bytes,
};

use crate::model_file::{F16, F32, KINDS, ModelFile};
use crate::workspace::Workspace;

/// Checks bytes that must be good.
#[track_caller]
fn good(bytes: &[u8]) -> ModelHeader {
    check_header_bytes("file", bytes).unwrap()
}

/// Checks bytes that must be refused, with a reason that contains `wanted`.
#[track_caller]
fn refused(bytes: &[u8], wanted: &str) {
    let error = check_header_bytes("file", bytes).expect_err(wanted);
    assert!(matches!(error, ModelError::NotAModel { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(wanted), "`{text}` does not say `{wanted}`");
}

/// The bytes of the smallest model with one number of its header changed; `at` counts from 0, the magic not included.
fn with_number(at: usize, value: u32) -> Vec<u8> {
    let (mut bytes, _) = ModelFile::smallest().build();
    bytes[4 + 4 * at..8 + 4 * at].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn every_type_of_official_files_is_a_model() {
    for kind in KINDS {
        let (bytes, _) = ModelFile { kind, ..ModelFile::smallest() }.build();
        let header = good(&bytes);
        assert_eq!(header.bytes, bytes.len() as u64, "{}", kind.name);
        assert_eq!((header.vocabulary, header.texts, header.mels), (51865, 50257, 80));
    }
}

#[test]
fn weights_of_32_bits_abort_whisper_cpp_and_are_refused() {
    refused(&ModelFile { kind: F32, ..ModelFile::smallest() }.build().0, "convert it to f16");
}

#[test]
fn large_v3_and_its_width_are_a_model() {
    let header = good(&ModelFile::smallest_v3().build().0);
    assert_eq!((header.vocabulary, header.mels), (51866, 128));
    let header = good(&ModelFile::wide().build().0);
    assert_eq!(
        (header.audio_state, header.text_heads, header.weights),
        (1280, 20, TensorType::Q5_0)
    );
}

#[test]
fn official_depths_are_a_model() {
    for (audio_layers, text_layers) in [(4, 4), (6, 6), (12, 12), (24, 24), (32, 32), (32, 4)] {
        let header =
            good(&ModelFile { audio_layers, text_layers, ..ModelFile::smallest() }.build().0);
        assert_eq!((header.audio_layers, header.text_layers), (audio_layers, text_layers));
    }
}

#[test]
fn english_only_models_are_refused_with_what_to_do() {
    refused(&with_number(0, 51864), "English-only");
    refused(&with_number(0, 51864), "autograde models pull small");
}

#[test]
fn numbers_out_of_bounds_are_refused() {
    let cases: &[(usize, u32, &str)] = &[
        (0, 51867, "51867 tokens"),
        (0, u32::MAX, "tokens"),
        (1, 1, "encoder has 1 positions"),
        (1, 3000, "encoder has 3000 positions"),
        (2, 0, "must be the same"),
        (2, 64, "must be the same"),
        (3, 0, "0 attention heads"),
        (3, 3, "3 attention heads at a width of 32"),
        (4, 0, "0 layers"),
        (4, 1_000_000_000, "1000000000 layers"),
        (5, 0, "decoder has 0 positions"),
        (5, u32::MAX, "positions"),
        (7, 0, "0 attention heads"),
        (8, 65, "65 layers"),
        (9, 81, "81 mel bins"),
        (10, 4, "the type 4"),
        (10, 999, "the type 999"),
        (10, u32::MAX, "the type 4294967295"),
    ];
    for (at, value, wanted) in cases {
        refused(&with_number(*at, *value), wanted);
    }
    let (mut bytes, _) = ModelFile::smallest().build();
    for at in [2, 6] {
        bytes[4 + 4 * at..8 + 4 * at].copy_from_slice(&33_u32.to_le_bytes());
    }
    refused(&bytes, "33 wide");
}

#[test]
fn a_header_that_promises_more_than_the_file_holds_is_refused() {
    // One more layer, 128 filters with the file's own filters kept, more decoder positions: all within bounds.
    refused(&with_number(4, 2), "it is cut off");
    refused(&with_number(9, 128), "mel filters");
    refused(&with_number(5, 449), "it is cut off");
    refused(&with_number(8, 32), "it is cut off");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (bytes, places) = ModelFile::smallest().build();
    let end = bytes.len();
    let cuts = [
        3,
        4,
        6,
        47,
        places.mel_filters,
        places.mel_filters + 6,
        places.vocabulary - 1,
        places.vocabulary,
        places.vocabulary + 9,
        places.tensors - 1,
        places.tensors,
        places.tensors + 5,
        places.tensors + 14,
        places.numbers - 1,
        places.numbers,
        end / 2,
        end - 1,
    ];
    for cut in cuts {
        let error = check_header_bytes("file", &bytes[..cut]).expect_err("cut").to_string();
        assert!(error.contains("cut off") || cut < 4, "cut at {cut}: {error}");
    }
    refused(&[], "it is empty");
}

#[test]
fn the_message_of_a_cut_file_tells_both_lengths() {
    let (bytes, _) = ModelFile::smallest().build();
    refused(
        &bytes[..bytes.len() - 1],
        &format!("it has {} bytes, and its header promises {}", bytes.len() - 1, bytes.len()),
    );
}

#[test]
fn bytes_after_the_last_tensor_are_refused() {
    let (mut bytes, _) = ModelFile::smallest().build();
    bytes.extend([0; 3]);
    refused(&bytes, "in a tensor");
    bytes.extend([0; 200]);
    refused(&bytes, "0 axes");
}

#[test]
fn tensors_that_lie_are_refused() {
    let (bytes, places) = ModelFile::smallest().build();
    let changed = |at: usize, value: u32| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let first = places.tensors;
    refused(&changed(first, 0), "0 axes");
    refused(&changed(first, 4), "4 axes");
    refused(&changed(first, u32::MAX), "axes");
    refused(&changed(first + 4, 0), "a name of 0 bytes");
    refused(&changed(first + 4, u32::MAX), "a name of 4294967295 bytes");
    refused(&changed(first + 8, 1), "`encoder.positional_embedding` has the shape");
    refused(&changed(first + 12, 31), "[31, 1500, 1]");
    refused(&changed(first + 12, u32::MAX), "[4294967295, 1500, 1]");
    let mut renamed = bytes.clone();
    renamed[places.numbers - 1] = b'G';
    refused(&renamed, "positional_embeddinG");
}

#[test]
fn vocabularies_that_lie_are_refused() {
    let (bytes, places) = ModelFile::smallest().build();
    for (at, value, wanted) in [
        (0, 0, "texts of 0"),
        (0, 51866, "texts of 51866"),
        (4, 5000, "has 5000 bytes"),
        (4, u32::MAX, "4294967295"),
    ] {
        let mut bytes = bytes.clone();
        let at = places.vocabulary + at;
        bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(value));
        refused(&bytes, wanted);
    }
    refused(&ModelFile { texts: 200, ..ModelFile::smallest() }.build().0, "lacks the single space");
    let mut bins = bytes;
    let at = places.mel_filters + 4;
    bins[at..at + 4].copy_from_slice(&200_u32.to_le_bytes());
    refused(&bins, "80 mel filters of 200 bins");
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    refused(b"GGUF\x03\0\0\0\0\0\0\0", "GGUF");
    refused(b"PK\x03\x04 a checkpoint", "PyTorch");
    refused(b"version https://git-lfs.github.com/spec/v1", "Git LFS");
    refused(b"<!DOCTYPE html><html>", "HTML");
    refused(b"RIFF....WAVEfmt ", "a recording");
    refused("просто текст".as_bytes(), "does not begin as a ggml model does");
    refused(&[0xff; 4096], "does not begin as a ggml model does");
    refused(b"lmgg\x0a\0\0\0silero-16k", "voice activity");
}

#[test]
fn no_damaged_byte_makes_the_check_fail_otherwise_than_by_refusing() {
    // Not every damage is refused (a filter's value may be anything); the check must end, without a panic, on all of it.
    let (bytes, places) = ModelFile { texts: 300, ..ModelFile::smallest() }.build();
    let ends =
        [4..48, places.mel_filters..places.mel_filters + 8, places.vocabulary..places.numbers];
    for at in ends.into_iter().flatten() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            let _ = check_header_bytes("file", &damaged);
        }
    }
}

#[test]
fn files_are_checked_as_bytes_are_and_folders_refused() {
    let dir = Workspace::new();
    let (bytes, _) = ModelFile::smallest_v3().build();
    let path = dir.write("model.bin", &bytes);
    assert_eq!(check_header(&path).unwrap(), good(&bytes));
    let cut = dir.write("cut.bin", &bytes[..bytes.len() - 1]);
    assert!(matches!(check_header(&cut), Err(ModelError::NotAModel { .. })));
    assert!(matches!(check_header(dir.root()), Err(ModelError::NotAModel { .. })));
    assert!(matches!(check_header(&dir.path("none.bin")), Err(ModelError::Read { .. })));
}

#[test]
fn a_model_of_many_gigabytes_is_checked_without_being_read() {
    // Sparse: the numbers are holes. With their records it has the length of a real large-v3.
    let dir = Workspace::new();
    let (bytes, places) = ModelFile { kind: F16, ..ModelFile::smallest() }.build();
    let path = dir.path("sparse.bin");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&bytes[..places.numbers]).unwrap();
    file.set_len(3_095_033_483).unwrap();
    let started = std::time::Instant::now();
    assert!(matches!(check_header(&path), Err(ModelError::NotAModel { .. })));
    assert!(started.elapsed().as_secs_f64() < 2.0);
}

/// A voice activity model of the right form, with zeros for weights.
fn silero() -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(b"lmgg\x0a\0\0\0silero-16k");
    let mut numbers = vec![6_u32, 2, 0, 512, 64, 4];
    for (from, to) in [(129, 128), (128, 64), (64, 64), (64, 128)] {
        numbers.extend([from, to, 3]);
    }
    numbers.extend([128, 128, 128, 1]);
    file.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    for tensor in 0..15_u32 {
        let name = format!("tensor.{tensor}");
        for number in [1, name.len() as u32, 1, 8] {
            file.extend(number.to_le_bytes());
        }
        file.extend(name.bytes());
        file.extend([0; 16]);
    }
    file
}

#[test]
fn voice_activity_models_are_told_from_others_and_from_pieces_of_themselves() {
    let whole = silero();
    check_vad_bytes("vad", &whole).unwrap();
    let reason = |bytes: &[u8]| check_vad_bytes("vad", bytes).unwrap_err().to_string();
    assert!(reason(&whole[..whole.len() - 1]).contains("cut off"));
    assert!(reason(&whole[..60]).contains("cut off"));
    assert!(
        reason(&whole[..whole.len() - 45]).contains("14 tensors")
            || reason(&whole[..whole.len() - 45]).contains("cut off")
    );
    assert!(reason(&ModelFile::smallest().build().0).contains("another kind of model"));
    assert!(reason(b"").contains("empty"));
    assert!(reason(b"<html>").contains("HTML"));
    let mut layers = whole;
    layers[42] = 5;
    assert!(reason(&layers).contains("where"), "{}", reason(&layers));
    let dir = Workspace::new();
    assert!(check_vad(&dir.write("vad.bin", silero())).is_ok());
}
