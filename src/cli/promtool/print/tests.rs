use serde_json::json;

use super::*;

#[test]
fn vectors_are_lines_or_json() {
    let data = json!({"resultType": "vector", "result": [
        {"metric": {"__name__": "a", "x": "<\"é>"}, "value": [1.5, "1e+21"]},
        {"metric": {"__name__": "b"}, "value": [2, "NaN"]},
        {"metric": {}, "value": [1_795_378_840.18, "-Inf"]},
    ]});
    let lines = "a{x=\"<\\\"é>\"} => 1000000000000000000000 @[1.5]\nb => NaN @[2]\n\
        {} => -Inf @[1795378840.18]";
    assert_eq!(value(&data, Format::Promql).unwrap(), lines);
    let array = r#"[{"metric":{"__name__":"a","x":"\u003c\"é\u003e"},"value":[1.5,"1000000000000000000000"]},{"metric":{"__name__":"b"},"value":[2,"NaN"]},{"metric":{},"value":[1795378840.18,"-Inf"]}]"#;
    assert_eq!(value(&data, Format::Json).unwrap(), array);
}

#[test]
fn matrices_are_sorted_only_as_lines() {
    let data = json!({"resultType": "matrix", "result": [
        {"metric": {"a": "2", "b": "1"}, "values": [[1, "1"], [2, "2"]]},
        {"metric": {"b": "2"}, "values": [[1, "3"]]},
        {"metric": {"b": "1"}, "values": [[1, "4"]]},
    ]});
    let lines = "{b=\"1\"} =>\n4 @[1]\n{b=\"2\"} =>\n3 @[1]\n{a=\"2\", b=\"1\"} =>\n1 @[1]\n2 @[2]";
    assert_eq!(value(&data, Format::Promql).unwrap(), lines);
    assert!(value(&data, Format::Json).unwrap().starts_with(r#"[{"metric":{"a":"2","b":"1"}"#));
}

#[test]
fn scalars_are_printed_and_strings_are_not() {
    let scalar = json!({"resultType": "scalar", "result": [1, "2"]});
    assert_eq!(value(&scalar, Format::Promql).unwrap(), "scalar: 2 @[1]");
    assert_eq!(value(&scalar, Format::Json).unwrap(), "[1,\"2\"]");
    let string = json!({"resultType": "string", "result": [1, "2"]});
    assert_eq!(value(&string, Format::Json), Err("unexpected value type \"string\"".to_owned()));
}

#[test]
fn histograms_show_their_buckets() {
    let histogram = json!({"count": "4", "sum": "2.5", "buckets": [
        [3, "-0.001", "0.001", "1"], [0, "0.5", "1e+21", "3"],
    ]});
    let data =
        json!({"resultType": "vector", "result": [{"metric": {}, "histogram": [1, histogram]}]});
    let line =
        "{} => Count: 4.000000, Sum: 2.500000, Buckets: [[-0.001,0.001]:1 (0.5,1e+21]:3] @[1]";
    assert_eq!(value(&data, Format::Promql).unwrap(), line);
    let array = r#"[{"metric":{},"histogram":[1,{"count":"4","sum":"2.5","buckets":[[3,"-0.001","0.001","1"],[0,"0.5","1000000000000000000000","3"]]}]}]"#;
    assert_eq!(value(&data, Format::Json).unwrap(), array);
}

#[test]
fn series_and_values_are_lines_or_arrays() {
    let sets = json!([{"__name__": "a", "x": "1"}]);
    assert_eq!(series(&sets, Format::Promql), "{__name__=\"a\", x=\"1\"}\n");
    assert_eq!(series(&sets, Format::Json), "[{\"__name__\":\"a\",\"x\":\"1\"}]\n");
    assert_eq!(values(&json!(["x", "y"]), Format::Promql), "x\ny\n");
    assert_eq!(values(&json!([]), Format::Json), "[]\n");
}
