//! A small HTTP server on loopback that misbehaves as it is told.
//!
//! Each connection gets the next behaviour of the list, and the last one is repeated. Connections are served by threads of
//! their own, so that one that hangs does not keep another out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a connection gets.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The file, or the part that `Range` asks for.
    File,
    /// The same, but cut after so many bytes of the body.
    Cut(usize),
    /// The whole file with 200, whatever is asked for.
    NoRange,
    /// The same, cut after so many bytes.
    NoRangeCut(usize),
    /// The whole file without telling its length.
    NoLength,
    /// Less than the whole file, without telling its length.
    NoLengthCut(usize),
    /// A status without a body.
    Status(u16),
    /// 206, from one byte later than asked.
    WrongPart,
    /// 206 without `Content-Range`.
    UnnamedPart,
    /// 206 of a file of another length.
    OtherFile,
    /// The file with its last byte changed.
    WrongBytes,
    /// A body of another length, announced rightly.
    OtherLength(usize),
    /// More bytes than the file has, without telling.
    TooMany,
    /// So many bytes, then a pause, and so on.
    Slow(usize, Duration),
    /// So many bytes, then nothing while the connection stays open.
    Stall(usize),
    /// Sends on to another path of the same server.
    Redirect(&'static str),
    /// What no browser would understand.
    Garbage,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET /path` or `CONNECT host:port`.
    pub line: String,
    /// The value of `Range`.
    pub range: Option<String>,
}

/// The server; it stops with the value.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Serves `file` as `answers` say.
    pub fn new(file: &[u8], answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (heard, end) = (Arc::clone(&requests), Arc::clone(&stop));
        let (file, answers): (Arc<[u8]>, Vec<Answer>) = (file.into(), answers.to_vec());
        thread::spawn(move || {
            for (next, stream) in listener.incoming().enumerate() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let answer = answers[next.min(answers.len() - 1)].clone();
                let (file, heard, end) = (Arc::clone(&file), Arc::clone(&heard), Arc::clone(&end));
                // A client that hangs up early is what some tests are about.
                thread::spawn(move || drop(serve(&stream.unwrap(), &file, &answer, &heard, &end)));
            }
        });
        Self { address, requests, stop }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has been asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The `Range` of each request so far.
    pub fn ranges(&self) -> Vec<Option<String>> {
        self.requests().into_iter().map(|request| request.range).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(
    stream: &TcpStream,
    file: &[u8],
    answer: &Answer,
    heard: &Mutex<Vec<Request>>,
    end: &AtomicBool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.take(1 << 16));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut range = None;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = Some(value.trim().to_owned());
        }
    }
    let line = line.trim().trim_end_matches(" HTTP/1.1").to_owned();
    heard.lock().unwrap().push(Request { line, range: range.clone() });

    let asked: usize = range
        .as_deref()
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
        .unwrap_or(0);
    let whole = file.len();
    let part = |from: usize, of: usize| {
        format!(
            "206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{of}",
            of - from,
            of - 1
        )
    };
    let full = format!("200 OK\r\nContent-Length: {whole}");
    let ranged = if range.is_some() { part(asked, whole) } else { full.clone() };
    let wanted = &file[asked.min(whole)..];
    let mut changed = wanted.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    let mut more = file.to_vec();
    more.resize(whole + 5000, 0);
    let open = "200 OK".to_owned();
    let (status, body): (String, &[u8]) = match answer {
        Answer::File | Answer::Slow(..) | Answer::Stall(_) | Answer::Cut(_) => (ranged, wanted),
        Answer::NoRange | Answer::NoRangeCut(_) => (full, file),
        Answer::NoLength => (open, file),
        Answer::NoLengthCut(count) => (open, &file[..*count]),
        Answer::Status(code) => (format!("{code} Status\r\nContent-Length: 0"), &[]),
        Answer::WrongPart => (part(asked + 1, whole), &file[asked + 1..]),
        Answer::UnnamedPart => {
            (format!("206 Partial Content\r\nContent-Length: {}", wanted.len()), wanted)
        }
        Answer::OtherFile => (part(asked, whole + 7), wanted),
        Answer::WrongBytes => (ranged, &changed),
        Answer::OtherLength(length) => (format!("200 OK\r\nContent-Length: {length}"), &[]),
        Answer::TooMany => (open, &more),
        Answer::Redirect(to) => (format!("302 Found\r\nContent-Length: 0\r\nLocation: {to}"), &[]),
        Answer::Garbage => ("what\r\nis\r\nthis".to_owned(), &[]),
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n\r\n")?;
    match answer {
        Answer::Cut(count) | Answer::NoRangeCut(count) => {
            stream.write_all(&body[..(*count).min(body.len())])
        }
        Answer::Slow(count, pause) => {
            for piece in body.chunks(*count) {
                stream.write_all(piece)?;
                thread::sleep(*pause);
            }
            Ok(())
        }
        Answer::Stall(count) => {
            stream.write_all(&body[..(*count).min(body.len())])?;
            while !end.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        _ => stream.write_all(body),
    }
}
