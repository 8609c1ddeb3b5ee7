// Bench: a folder with a mapping, a table, a configuration and samples, for the mapping tools.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::maptool::test {

constexpr const char* kMapping = R"([mapping]
id = "t"
version = "1"
format = "hl7v2"
[tables]
codes = "codes.csv"
[header]
"occurredAt" = { from = "SCH-11.4", as = "time" }
"subject.ids" = { from = "PID-3", as = "identifiers" }
"subject.birthDate" = { from = "PID-7.1", as = "date" }
[[event]]
name = "missed"
type = "bvc.visit.missed"
when = ["SIU^S26"]
[[event.if]]
at = "SCH-25.1"
other_than = ["Complete"]
[event.body]
"appointmentId" = { from_any = ["SCH-1.1", "SCH-2.1"] }
"visitCode" = { from = "SCH-8.1", table = "codes" }
"start" = { from = "SCH-11.4", as = "time" }
"mode" = { from = "SCH-8.1", table = "codes", column = "mode", unknown = "skip" }
"attemptNo" = { from = "OBX(3.1=NR)-5.1", as = "int" }
[[event]]
name = "moved"
type = "person.moved"
when = ["ADT^A08"]
[event.body]
"newMunicipality" = { from = "PID-11.9", as = "municipality" }
)";
constexpr const char* kTable = "# version: 2026-03\ncode;value;mode\nM8;bhv.m8;home\nV4;bhv.w4;-\n";

struct Bench {
  sam::test::TempDir folder;
  ManualClock clock{Millis(1'772'445'600'000)};
  kit::AdapterConfig config = kit::test::TestConfig();
  kit::SourceKinds kinds = kit::test::TestKinds();

  Bench() {
    CryptoInit();
    config.mapping_file = Write("map.toml", kMapping);
    Write("codes.csv", kTable);
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  }
  std::string Changed(const std::string& what, const std::string& by) {
    std::string text = kMapping;
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }
};

inline std::string Visit(const std::string& code, const std::string& status = "Noshow",
                         const std::string& control = "M1", const std::string& more = "") {
  return "MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|S|H|20260302101500+0100||SIU^S26|" + control +
         "|T|2.5.1\rSCH|A-77|||||||" + code + "|||^^^20260302093000||||||||||||||" + status +
         "\rPID|1||20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR||Testsson^Barn||\"\"\r"
         "ZBV|1|lokal\r" + more;
}

}  // namespace sam::maptool::test
