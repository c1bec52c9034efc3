//! Phones as libphonenumber reads them.

use intake::phone;
use serde_json::Value;

fn fixture(name: &str) -> Value {
    let text =
        std::fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_case_of_the_fixture_comes_out_as_libphonenumber_says() {
    let mut wrong = Vec::new();
    for case in fixture("phones.json")["cases"].as_array().unwrap() {
        let (input, region) = (case["input"].as_str().unwrap(), case["region"].as_str().unwrap());
        let ours = phone::parse(input, region).ok().map(|phone| phone.to_string());
        let theirs = case["valid"].as_bool().unwrap().then(|| case["e164"].as_str().unwrap().to_owned());
        if ours != theirs {
            wrong.push(format!("{input:?} {region}: {ours:?}, not {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_example_numbers_of_every_region_are_valid() {
    for (region, numbers) in fixture("phone_examples.json")["by_region"].as_object().unwrap() {
        for number in numbers.as_object().unwrap().values() {
            let number = number.as_str().unwrap();
            assert_eq!(phone::parse(number, region).map(|phone| phone.to_string()), Ok(number.to_owned()));
        }
    }
}
