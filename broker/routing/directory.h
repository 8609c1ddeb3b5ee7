// Who exists: authorities, their units, and functions (roles with an address). Read from
// directory.toml; an immutable value after ParseDirectory, any thread. One per configuration
// version. Limits: 20 000 units and functions together.
//
//   [[authority]]  id, org ("232100-0198"), board (optional), name, kind = "region" |
//                  "municipality" | "private", county ("21"), municipality ("2183"; municipality)
//   [[unit]]       hsa_id, authority, kind = "bvc" | "dental" | "other", municipality, name, valid_from,
//                  valid_to
//   [[function]]   id, role, authority, unit, municipality, name, channel = "zmq" | "none",
//                  receipts, valid_from, valid_to, payload = "full" | "id-only" | "empty" (what its
//                  channel may carry of all but statutory reports), guardians_read = true where a
//                  guardian may read what comes in (a portal, a record open to the patient), phone
//                  (shown to who sends it an acute report), office_hours = ["mon-fri 08:00-16:30"] in
//                  Swedish time and on_call = the function that takes acute reports in its place outside
//                  them and on public holidays,
//                  escalate_to = the function of the same authority that is told what this one has not
//                  done in time; without it the authority's first function with role "manager",
//                  levels = ["universal", "selective", "indicated"]: of class B it takes only these, and what
//                  no level is told of; without the key all,
//                  ages = [0, 2] (whole years, both in) and signals = ["SIG-B1"]: of classes B and C it takes only
//                  these; whose age is not known is never left out. Reports, orders and answers always come,
//                  districts = ["2180-soder"]: the parts of its municipality that it serves. Of several functions
//                  of one role whoever names the child's district gets it; else the one that names none
//
// A unit or function that moves has two rows of one id whose dates do not overlap.
// Municipality codes are text of four digits: the zero of 0980 matters.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/base/week_hours.h"
#include "broker/routing/dates.h"
#include "broker/routing/level.h"

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
  kSocialOnCall,  // acts for the boards whose receptions name it, outside their hours
  kManager,  // answers for the functions of its authority: is told what they have not done in time
};
inline constexpr int kRoles = 10;
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
  Validity validity;
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
  std::string escalate_to;      // function id; empty: the authority's manager
  std::string phone;            // the function's, nobody's own
  WeekHours office_hours;       // empty: not stated
  std::string on_call;          // function id; empty: none
  std::vector<Level> levels;    // of class B only these; empty: all
  std::vector<int64_t> ages;    // of classes B and C only from the first to the second, in years; empty: all
  std::vector<std::string> signals;    // of classes B and C only these codes; empty: all
  std::vector<std::string> districts;  // of its municipality; empty: whatever no other one serves
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
  // Of several rows of one id the one with the latest dates: for names and lists, not for decisions.
  const Unit* UnitByHsaId(std::string_view hsa_id) const;  // letter case ignored
  const Function* FunctionById(std::string_view id) const;
  // The row that is valid then; null: none is. A function of a unit is valid while its unit is.
  const Unit* UnitAt(std::string_view hsa_id, Millis now) const;
  const Function* FunctionAt(std::string_view id, Millis now) const;
  // When something begins or ceases to be valid next; empty: nothing ever.
  std::optional<Millis> NextChange(Millis after) const;
  // Who takes an acute report in place of `reception` then; null: it does itself.
  const Function* OnCallFor(const Function& reception, Millis now) const;

  // Valid functions in the order of the file.
  std::vector<const Function*> ByRole(Role role, std::string_view municipality, Millis now) const;
  std::vector<const Function*> ByUnit(std::string_view hsa_id, Millis now) const;
  std::vector<const Function*> ByAuthority(Role role, std::string_view authority, Millis now) const;
  // Who is told what the function has not done in time. Null: nobody is named.
  const Function* InChargeOf(std::string_view function, Millis now) const;

 private:
  friend class DirectoryReader;
  bool Valid(const Function& function, Millis now) const;
  std::vector<Authority> authorities_;
  std::vector<Unit> units_;
  std::vector<Function> functions_;
  std::map<std::string, size_t, std::less<>> authority_by_id_;
  // Of each id the row with the latest dates; all its rows.
  std::map<std::string, size_t, std::less<>> unit_by_hsa_;  // upper case
  std::map<std::string, size_t, std::less<>> function_by_id_;
  std::multimap<std::string, size_t, std::less<>> unit_rows_;
  std::multimap<std::string, size_t, std::less<>> function_rows_;
};

// kInvalid: every finding, one per line, with file:line:column and the nearest known name.
Result<Directory> ParseDirectory(std::string text, std::string file, Days days = Days::kSwedish);

// "232100-0198" -> "2321000198"; empty: not ten digits with a right check digit.
std::string NormalOrg(std::string_view org);
bool IsMunicipalityCode(std::string_view code);  // exactly four digits
// Function and authority ids: 1-64 of a-z 0-9 . - _, beginning with a letter or digit.
bool IsDirectoryId(std::string_view id);

}  // namespace sam::routing
