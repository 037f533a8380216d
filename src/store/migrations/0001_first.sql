-- The first schema. One text for SQLite and PostgreSQL: TEXT, BIGINT and DOUBLE PRECISION only; times are milliseconds
-- since 1970 in UTC, yes and no are 1 and 0, structures are JSON in TEXT, hashes are lower-case hex.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE runs (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    program TEXT NOT NULL,
    process TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    how TEXT,
    summary TEXT
);

-- A call as its source knows it; several recordings may be of one call.
CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    started_ms BIGINT,
    manager TEXT,
    info TEXT NOT NULL
);

-- A recording is its bytes: the same bytes under two names are one row here and two in files.
CREATE TABLE recordings (
    sha256 TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    call_id TEXT REFERENCES calls (id),
    day TEXT,
    bytes BIGINT NOT NULL,
    duration_ms BIGINT,
    channels BIGINT,
    first_seen_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_ms BIGINT NOT NULL,
    reason TEXT,
    -- Of the state: the model under which it was reached, and the rulebook of the draft in force.
    model_sha256 TEXT,
    rulebook_sha256 TEXT
);
CREATE INDEX recordings_by_state ON recordings (state, state_ms);
CREATE INDEX recordings_by_id ON recordings (id);
CREATE INDEX recordings_by_call ON recordings (call_id);

CREATE TABLE files (
    path TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES recordings (sha256),
    bytes BIGINT NOT NULL,
    modified_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);
CREATE INDEX files_by_recording ON files (sha256);

CREATE TABLE attempts (
    sha256 TEXT NOT NULL REFERENCES recordings (sha256),
    number BIGINT NOT NULL,
    run BIGINT NOT NULL REFERENCES runs (id),
    alone BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    stage TEXT NOT NULL,
    ended_ms BIGINT,
    how TEXT,
    reason TEXT,
    -- 1 once somebody asked for another try: it no longer counts against the recording.
    cleared BIGINT NOT NULL,
    PRIMARY KEY (sha256, number)
);
CREATE INDEX attempts_by_end ON attempts (ended_ms);

CREATE TABLE transcripts (
    sha256 TEXT NOT NULL REFERENCES recordings (sha256),
    -- Empty for a transcript made elsewhere.
    model_sha256 TEXT NOT NULL,
    model TEXT,
    heard_ms BIGINT NOT NULL,
    heard TEXT NOT NULL,
    PRIMARY KEY (sha256, model_sha256)
);

-- What the machine proposes. The columns repeat what lists and reports sort by; the draft is the truth.
CREATE TABLE drafts (
    sha256 TEXT NOT NULL REFERENCES recordings (sha256),
    model_sha256 TEXT NOT NULL,
    rulebook_sha256 TEXT NOT NULL,
    rulebook TEXT NOT NULL,
    program TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    call_type TEXT NOT NULL,
    cqr DOUBLE PRECISION,
    verdict TEXT NOT NULL,
    doubt DOUBLE PRECISION NOT NULL,
    -- The draft's JSON without its transcript, which lies in transcripts.
    draft TEXT NOT NULL,
    PRIMARY KEY (sha256, model_sha256, rulebook_sha256)
);

-- What a person says, with the machine's whole draft beside it; rows are added and never changed.
CREATE TABLE confirmations (
    sha256 TEXT NOT NULL REFERENCES recordings (sha256),
    number BIGINT NOT NULL,
    who TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    call_type TEXT NOT NULL,
    cqr DOUBLE PRECISION,
    verdict TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    rulebook_sha256 TEXT NOT NULL,
    draft TEXT NOT NULL,
    confirmed TEXT NOT NULL,
    PRIMARY KEY (sha256, number)
);

-- Calls as the telephone exchange wrote them down, recorded or not.
CREATE TABLE journal (
    source TEXT NOT NULL,
    unique_id TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    started_at TEXT NOT NULL,
    direction TEXT,
    client TEXT,
    extension TEXT,
    manager TEXT,
    waiting_ms BIGINT,
    talking_ms BIGINT,
    disposition TEXT NOT NULL,
    recording TEXT,
    raw_sha256 TEXT NOT NULL,
    details TEXT NOT NULL,
    imported_ms BIGINT NOT NULL,
    PRIMARY KEY (source, unique_id)
);
CREATE INDEX journal_by_start ON journal (started_ms);
CREATE INDEX journal_by_client ON journal (client, started_ms);
CREATE INDEX journal_by_recording ON journal (recording);

-- Who did what. Each row carries the hash of the one before it, so that a row taken out or changed is seen.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    sha256 TEXT NOT NULL
);

-- Recordings that were forgotten: they are not taken in again.
CREATE TABLE tombstones (
    sha256 TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL
);

-- Recordings that may not be forgotten yet.
CREATE TABLE holds (
    sha256 TEXT PRIMARY KEY REFERENCES recordings (sha256),
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('run', 0), ('audit', 0);
