// Path: a place in a FHIR resource, in a small subset of FHIRPath:
//   Appointment.status                       the type in front is optional; of another type: nothing
//   participant.actor.identifier.value       lists are walked through; all values, in order
//   serviceType.coding(system=urn:x).code    only the entries that have this value; several with ,
//   extension(url=urn:x).valueCode
//   participant.actor(is=Patient)            only references to one: by their type, by what they name, or
//                                            (neither said) by a person's number in their identifier
//   code.coding[0].code, name[*].family      one entry, or all (as without)
//   subject->Patient.identifier              the resource that a reference names, if it came along
//                                            and is a Patient; ->* for any type
//   appointment->id                          the id in a reference's text
// A value with , or ) stands in quotes: (url='urn:x,y'). Any thread, plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::fhir {

struct Filter {
  std::vector<std::string> path;
  std::string equals;
};

struct Step {
  enum class Kind { kName, kResolve, kReferenceId };
  Kind kind = Kind::kName;
  std::string name;  // kResolve: the type wanted, empty for any
  std::vector<Filter> filters;
  int index = -1;  // -1: all
  // No filter and no index, so a unit may take its place.
  bool plain() const { return kind == Kind::kName && filters.empty() && index < 0 && !all; }
  bool all = false;  // [*] was written
};

struct Path {
  std::string root;  // resource type, or empty
  std::vector<Step> steps;
};

// kInvalid: names the position and what was expected there.
Result<Path> ParsePath(std::string_view text);

// "participant", "Observation.component", "item.answer": names only.
Result<Path> ParseUnit(std::string_view text);

}  // namespace sam::fhir
