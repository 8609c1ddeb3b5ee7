// Places in a record, as a mapping and the configuration name them:
//   patient/personnummer    an element below the record element; of several, the first with a value
//   @typ  patient/@typ      an attribute
//   .                       the record element's own text
//   /leverans/@skapad       from the file's root element: what the file says for all its records
//   besok/*/kod             an element of any name
//   id[@typ=PNR]  id[typ=1] the elements whose attribute, or child element, says so
//   datum+tid               several, joined with a blank; empty ones are left out
//   number(dft) cased(index) adult(p) local(nr)   as for CSV (adapters/csv/csv_record.h)
// Names are local names: a prefix is the sender's own choice and never a part of a place.
// A unit (`each`) is a path of elements: each = "kod", and then "kod/@system" is of the one at
// hand. Any thread; plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::xml {

struct PlaceStep {
  std::string name;  // "*": any
  std::string key;   // of a condition; empty: none
  bool key_is_attribute = false;
  std::string value;
  bool operator==(const PlaceStep&) const = default;
};

struct PlacePath {
  bool from_root = false;
  std::vector<PlaceStep> steps;
  std::string attribute;  // empty: the element's text
};

struct Place {
  enum class How { kPlain, kNumber, kCased, kAdult, kLocal };
  How how = How::kPlain;
  std::vector<PlacePath> paths;
};

Result<PlacePath> ParsePath(std::string_view text);
Result<Place> ParsePlace(std::string_view text);
// Without conditions, for people: "/leverans/@skapad".
std::string PlainText(const PlacePath& path);

bool IsName(std::string_view text);  // could be a local name

}  // namespace sam::xml
