//! Compiles the line of C that tells glibc to hand memory back; other systems' allocators need no telling.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/memory.c");
    let is_glibc = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|name| name == "gnu")
        && env::var("CARGO_CFG_TARGET_OS").is_ok_and(|name| name == "linux");
    if !is_glibc {
        return;
    }
    cc::Build::new().file("src/memory.c").cargo_metadata(false).compile("memory");
    let folder = env::var("OUT_DIR").unwrap_or_default();
    println!("cargo:rustc-link-search=native={folder}");
    // Nothing calls it: the whole archive is linked.
    println!("cargo:rustc-link-lib=static:+whole-archive=memory");
}
