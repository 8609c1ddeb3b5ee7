// Who exists: authorities, their units, and functions (roles with an address). Read from
// directory.toml; an immutable value after ParseDirectory, any thread. One per configuration
// version. Limits: 20 000 units and functions together.
//
//   [[authority]]  id, org ("232100-0198"), board (optional), name, kind = "region" |
//                  "municipality" | "private", county ("21"), municipality ("2183"; municipality)
//   [[unit]]       hsa_id, authority, kind = "bvc" | "dental" | "other", municipality, name
//   [[function]]   id, role, authority, unit, municipality, name, channel = "zmq" | "none",
//                  receipts, valid_from, valid_to, payload = "full" | "id-only" | "empty" (what its
//                  channel may carry of all but statutory reports), guardians_read = true where a
//                  guardian may read what comes in (a portal, a record open to the patient)
//
// Municipality codes are text of four digits: the zero of 0980 matters.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/routing/dates.h"

namespace sam::routing {

enum class AuthorityKind { kRegion, kMunicipality, kPrivate };
enum class UnitKind { kBvc, kDental, kOther };
enum class Role {
  kSocialReception,
  kSocialPreventive,
  kBvcUnit,
  kDentalClinic,
  kSenderDesk,
  kChildClinic,          // the region's clinic that examines placed children
  kSocialPlacement,      // orders those examinations
  kSocialIncomeSupport,
};
inline constexpr int kRoles = 8;
bool IsSocial(Role role);  // a function of a social board
// How much of a signal leaves: all that its mask lets through; its id and kind without person and
// content; only that something has come. Rising: the higher is the narrower.
enum class Payload { kFull, kIdOnly, kEmpty };
enum class Channel { kZmq, kNone };  // kNone: known, but nothing can be sent there yet

// "social.reception" and so on, as in directory.toml.
// The words of `payload`, in the order of the enum.
std::vector<std::string> PayloadNames();
std::string RoleName(Role role);
std::optional<Role> RoleFromName(std::string_view name);

// In Sweden each board (nämnd) is an authority of its own, with walls between.
struct Authority {
  std::string id;            // "bollnas.socialnamnd"
  std::string org;           // ten digits without hyphen
  std::string board;         // empty: the organisation itself
  std::string name;
  AuthorityKind kind = AuthorityKind::kRegion;
  std::string county;        // two digits; empty: not stated
  std::string municipality;  // four digits; empty unless kMunicipality
};

struct Unit {
  std::string hsa_id;
  std::string authority;
  UnitKind kind = UnitKind::kOther;
  std::string municipality;
  std::string name;
};

struct Function {
  std::string id;            // "bollnas.mottagning"; also the name of its subscription
  Role role = Role::kSenderDesk;
  std::string authority;
  std::string unit;          // HSA id; empty: not bound to a unit
  std::string municipality;  // whose inhabitants it serves; empty: not bound to one
  std::string name;
  Channel channel = Channel::kZmq;
  bool receipts = true;      // false: may never be claimed "registered"
  Payload payload = Payload::kFull;
  bool guardians_read = false;  // never S4 there, and nothing about a report
  Validity validity;
};

class Directory {
 public:
  const std::vector<Authority>& authorities() const { return authorities_; }
  const std::vector<Unit>& units() const { return units_; }
  const std::vector<Function>& functions() const { return functions_; }

  // Null: not there. Pointers live as long as this Directory.
  const Authority* AuthorityById(std::string_view id) const;
  // By organisation number (hyphen or not) and board (letter case and surrounding space ignored).
  const Authority* AuthorityOf(std::string_view org, std::string_view board) const;
  const Unit* UnitByHsaId(std::string_view hsa_id) const;  // letter case ignored
  const Function* FunctionById(std::string_view id) const;

  // Valid functions in the order of the file.
  std::vector<const Function*> ByRole(Role role, std::string_view municipality, Millis now) const;
  std::vector<const Function*> ByUnit(std::string_view hsa_id, Millis now) const;
  std::vector<const Function*> ByAuthority(Role role, std::string_view authority, Millis now) const;

 private:
  friend class DirectoryReader;
  std::vector<Authority> authorities_;
  std::vector<Unit> units_;
  std::vector<Function> functions_;
  std::map<std::string, size_t, std::less<>> authority_by_id_;
  std::map<std::string, size_t, std::less<>> unit_by_hsa_;  // upper case
  std::map<std::string, size_t, std::less<>> function_by_id_;
};

// kInvalid: every finding, one per line, with file:line:column and the nearest known name.
Result<Directory> ParseDirectory(std::string text, std::string file);

// "232100-0198" -> "2321000198"; empty: not ten digits with a right check digit.
std::string NormalOrg(std::string_view org);
bool IsMunicipalityCode(std::string_view code);  // exactly four digits
// Function and authority ids: 1-64 of a-z 0-9 . - _, beginning with a letter or digit.
bool IsDirectoryId(std::string_view id);

}  // namespace sam::routing
