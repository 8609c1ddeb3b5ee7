// The fields that the catalogue of the field (its rows 1-47, and the header of every event) lists for
// each type of event, with the place in the schemas that carries each. Data for catalogue_fields_test.cc;
// copied from the paper so that no test needs it. Constants, any thread.
#pragma once

#include <vector>

namespace sam::contract::test {

// What the catalogue calls it: "firstChild?" need not be told; "form: injuries" is a part of the form of
// a report. kOurs: it is not in the catalogue, and stands here so that a new field is a decision.
constexpr const char* kOurs = "-";

// Why a field is not required. The two that say nothing of their own:
constexpr const char* kRequired = nullptr;
constexpr const char* kMayLack = "the catalogue itself lets it be left out";
constexpr const char* kBeyond = "not in the catalogue, so no source is asked for it";

struct ListedField {
  const char* listed;
  const char* field;     // below the body; "header.x": of the header
  int sensitivity;       // S0-S4
  const char* optional;  // kRequired, or why an event is taken without it
};

struct ListedType {
  int row;
  const char* type;  // "header": what every event has
  std::vector<ListedField> fields;
};

std::vector<ListedType> ListedByCare();    // rows 1-29: child health and dental care
std::vector<ListedType> ListedByOthers();  // rows 30-47, and the header

}  // namespace sam::contract::test
