//! Answers a trace of `fair.py gen`: `cargo run --release -p routing --example trace -- FILE POLICY > answer.csv`.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, stdout};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(policy)) = (arguments.next(), arguments.next()) else {
        return Err("usage: trace FILE fair|round_robin|fewest".into());
    };
    let input = BufReader::new(File::open(file)?);
    routing::run_trace(input, policy.parse()?, BufWriter::new(stdout().lock()))?;
    Ok(())
}
