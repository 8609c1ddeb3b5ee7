#include "broker/rules/programmes.h"

#include <algorithm>

#include "broker/config/toml.h"
#include "broker/rules/fact_reader.h"

namespace sam::rules {
namespace {

// Ages in days. Above school start nothing of this product applies.
constexpr int64_t kOldest = int64_t{7} * 366;

const std::vector<std::string>& HomeKinds() {
  static const std::vector<std::string> kinds = {"newborn", "m8", "extra", "joint"};
  return kinds;
}

void CheckKinds(config::Table& table, std::string_view key, const std::vector<std::string>& kinds) {
  for (const std::string& kind : kinds)
    if (std::find(HomeKinds().begin(), HomeKinds().end(), kind) == HomeKinds().end())
      table.Fail(key, "a kind of home visit: newborn, m8, extra or joint");
}

Cancel ParseCancel(config::Table& table) {
  static const std::vector<std::string> reasons = {"moved", "declined", "done-elsewhere",
                                                   "opted-out", "ended"};
  Cancel cancel;
  cancel.reason = reasons[static_cast<size_t>(table.OneOf("reason", reasons))];
  cancel.facts = ReadFacts(table, "facts");
  cancel.until = ReadFacts(table, "until");
  if (cancel.facts.empty()) table.Fail("facts", "at least one fact");
  return cancel;
}

std::vector<std::string> Codes(config::Table& table, std::string_view key, size_t digits) {
  std::vector<std::string> codes = table.TextList(key);
  for (const std::string& code : codes)
    if (code.size() != digits || code.find_first_not_of("0123456789") != std::string::npos)
      table.Fail(key, digits == 4 ? "codes of four digits, as text" : "codes of two digits, as text");
  return codes;
}

Step ParseStep(config::Table& table) {
  Step step;
  step.code = table.Text("code");
  step.kind = table.OneOf("kind", {"visit", "home"}) == 1 ? "home" : "visit";
  step.due_days = table.Int("due_days", 0, kOldest);
  step.overdue_days = table.Int("overdue_days", 0, kOldest);
  step.from_day = table.IntOr("from_day", 0, 0, kOldest);
  step.visits = table.TextList("visits");
  step.home_visits = table.TextList("home_visits");
  step.declined = table.TextList("declined");
  step.done = ReadFacts(table, "done");
  step.program_step = static_cast<int32_t>(table.IntOr("program_step", -1, 1, 100));
  step.owner = table.TextOr("owner", "bvc.unit");
  step.restart_after_day = table.IntOr("restart_after_day", -1, -1, kOldest);
  step.restart_days = table.IntOr("restart_days", 0, 0, kOldest);
  step.restart_born_abroad = table.BoolOr("restart_born_abroad", false);
  CheckKinds(table, "home_visits", step.home_visits);
  CheckKinds(table, "declined", step.declined);
  if (step.code.empty()) table.Fail("code", "a visit code such as \"bhv.m8\"");
  if (step.owner != "bvc.unit" && step.owner != "dental.clinic")
    table.Fail("owner", "the role \"bvc.unit\" or \"dental.clinic\"");
  if (step.overdue_days < step.due_days) table.Fail("overdue_days", "a day at or after due_days");
  if (step.from_day > step.overdue_days) table.Fail("from_day", "a day before overdue_days");
  if (step.visits.empty() && step.home_visits.empty() && step.done.empty() &&
      step.program_step < 0)
    table.Fail("visits", "at least one entry in visits or home_visits, or done, or program_step");
  const bool restarts = step.restart_after_day >= 0 || step.restart_born_abroad;
  if (restarts && step.restart_days == 0)
    table.Fail("restart_days", "the days from registration that a restarted step has");
  return step;
}

}  // namespace

bool Programme::Covers(std::string_view municipality) const {
  if (municipalities.empty() && counties.empty()) return true;
  const auto has = [](const std::vector<std::string>& list, std::string_view code) {
    return std::find(list.begin(), list.end(), code) != list.end();
  };
  return has(municipalities, municipality) || has(counties, municipality.substr(0, 2));
}

bool SameChildren(const Programme& a, const Programme& b) {
  return a.enrolment == b.enrolment && a.municipalities == b.municipalities &&
         a.counties == b.counties && a.cancels == b.cancels;
}

const Step* Programme::Find(std::string_view code) const {
  for (const Step& step : steps)
    if (step.code == code) return &step;
  return nullptr;
}

Programmes::Found Programmes::Find(std::string_view code) const {
  for (const Programme& programme : all)
    if (const Step* step = programme.Find(code)) return {&programme, step};
  return {};
}

Result<Programmes> ParseProgrammes(std::string text, std::string file_name) {
  SAM_ASSIGN(config::Document document,
             config::Document::Parse(std::move(text), std::move(file_name)));
  config::Table root = document.Root();
  Programmes programmes;
  for (config::Table& table : root.List("programme")) {
    Programme programme;
    programme.id = table.Text("id");
    programme.version = table.Text("version");
    programme.enrolment = table.BoolOr("enrolment", false);
    programme.municipalities = Codes(table, "municipalities", 4);
    programme.counties = Codes(table, "counties", 2);
    for (config::Table& entry : table.List("cancel"))
      programme.cancels.push_back(ParseCancel(entry));
    for (config::Table& entry : table.List("step")) {
      Step step = ParseStep(entry);
      // A step code names one expectation over all programmes: timers are found by it.
      if (programme.Find(step.code) != nullptr || programmes.Find(step.code).step != nullptr)
        entry.Fail("code", "a code that no other step has");
      programme.steps.push_back(std::move(step));
    }
    for (const Programme& other : programmes.all)
      if (other.id == programme.id) table.Fail("id", "an id that no other programme has");
    programmes.all.push_back(std::move(programme));
  }
  SAM_TRY(document.Done());
  return programmes;
}

}  // namespace sam::rules
