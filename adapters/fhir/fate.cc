#include "adapters/fhir/fate.h"

namespace sam::fhir {
namespace {

std::vector<Issue> IssuesOf(const kit::Verdict& verdict) {
  std::vector<Issue> out;
  for (const hl7::AckError& error : verdict.answer.errors) {
    const char* code = error.code == hl7::ErrorCode::kRequiredField ? "required"
                       : error.code == hl7::ErrorCode::kTableValue  ? "code-invalid"
                                                                    : "processing";
    out.push_back({code, error.location, error.text});
  }
  if (out.empty()) out.push_back({"processing", "", verdict.reason});
  return out;
}

}  // namespace

Fate FateOf(const kit::Verdict& verdict, const Entry& entry) {
  using Kind = kit::Verdict::Kind;
  Fate out;
  out.raw_ref = verdict.raw_ref;
  const bool stored = verdict.answer.outcome == hl7::Outcome::kStored;
  switch (verdict.kind) {
    case Kind::kTaken: out.kind = Fate::Kind::kTaken; return out;
    case Kind::kNothing:  // an older version is kept, though nothing newer is undone by it
      out.kind = verdict.older ? Fate::Kind::kTaken : Fate::Kind::kNothing;
      return out;
    case Kind::kNotWanted: out.kind = Fate::Kind::kNothing; return out;
    case Kind::kDuplicate:
      if (!stored) break;
      out.kind = Fate::Kind::kDuplicate;
      return out;
    case Kind::kConflict:
      out.kind = Fate::Kind::kConflict;
      out.issues.push_back({"conflict", entry.type + ".meta.versionId",
                            "the same id and version came before with other content; a change "
                            "needs a version of its own"});
      return out;
    case Kind::kQuarantined:
    case Kind::kSilent:
      if (!stored) break;
      out.kind = Fate::Kind::kPutAside;
      out.issues.push_back({"informational", entry.type,
                            "received and kept for a person to look at (" + verdict.reason +
                                "): " + verdict.detail});
      return out;
    case Kind::kRefused: break;
  }
  out.kind = Fate::Kind::kRefused;
  out.issues = IssuesOf(verdict);
  if (verdict.reason == "unknown-sender") out.status = 403;
  out.not_for_us = verdict.kind == Kind::kRefused;
  return out;
}

}  // namespace sam::fhir
