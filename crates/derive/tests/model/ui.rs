/// Every message that the macro can give, word by word. After a wanted change: `TRYBUILD=overwrite`, then read them.
#[test]
fn wrong_declarations_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
