// retention show, export: what is disposed of by itself, by which decision, and what would go now. The export is
// what an authority's archivist signs.
#include <array>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/statistics_facts.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/dispatch/retention.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

using dispatch::Keeping;
using dispatch::RetentionRule;

struct Counts {
  std::array<uint64_t, dispatch::kKeepings> by_why{};
};
using AllCounts = std::array<Counts, dispatch::kRetentionRules.size()>;

auto& Of(AllCounts& counts, const dispatch::SignalRow& row) {
  return counts[static_cast<size_t>(dispatch::RetentionRuleOf(row))].by_why;
}

Result<AllCounts> CountSignals(const LogView& view, const dispatch::Settings& settings, Millis now) {
  SAM_ASSIGN(const dispatch::Mark mark, dispatch::ReadMark(view.store()));
  const mailbox::MailboxReader mailbox(view.store());
  const dispatch::RetentionView doors{
      [&](const std::string& to, Lane lane) { return mailbox.StateOf(to, lane); },
      [&](const std::string& to, Lane lane, Sequence number) { return mailbox.Get(to, lane, number); },
      [&](const SignalId& id) { return dispatch::ReadSignal(view.store(), id); },
      settings.rules.reminders, now, mark.backed_up};
  AllCounts counts;
  std::set<uint64_t> needed;  // as the fold: what a signal that is kept rests on stays, and what else rests on it
  std::vector<dispatch::SignalRow> due;
  Status inner = Ok();
  SAM_TRY(view.store().Scan(spaces::kSignal, "", "", [&](std::string_view, std::string_view bytes) {
    const auto row = dispatch::DecodeSignal(bytes);
    if (!row.ok()) inner = row.error();
    if (!row.ok()) return false;
    const auto why = dispatch::Judge(*row, settings.retention, doors);
    if (!why.ok()) inner = why.error();
    if (!why.ok()) return false;
    if (*why == Keeping::kDue) {
      due.push_back(*row);
      return true;
    }
    ++Of(counts, *row)[static_cast<size_t>(*why)];
    if (*why != Keeping::kGone && dispatch::NeedsEvidence(*row, *why))
      for (const auto& ref : row->evidence) needed.insert(ref.offset.value);
    return true;
  }));
  SAM_TRY(std::move(inner));
  for (const dispatch::SignalRow& row : due)
    ++Of(counts, row)[static_cast<size_t>(dispatch::StaysForAnother(row, needed) ? Keeping::kNeeded : Keeping::kDue)];
  return counts;
}

const char* What(RetentionRule rule) {
  switch (rule) {
    case RetentionRule::kPayload:
      return "content of signals that are no reports, and of the events they rest on: after the last step of their receiver";
    case RetentionRule::kReports:
      return "content of reports of concern and of their files: after the last step of an answered report";
    case RetentionRule::kFeedback:
      return "content of receipts, answers to senders, holds and reminders: after their receiver has acknowledged them";
  }
  return "";
}

constexpr const char* kStays =
    "never disposed of by itself: headers, checksums and metadata of the log (which signal from whom to whom, when, on which ground), "
    "the audit (at least 10 years), consents, and events that no signal rests on";

void ShowRule(Context& context, const dispatch::Settings& settings, RetentionRule rule, const Counts& counts, Millis now) {
  const dispatch::RetentionLine& line = settings.retention.Of(rule);
  const int64_t days = settings.retention.DaysOf(rule);
  const std::string from = line.from ? ToIso(*line.from).substr(0, 10) : "";
  if (context.out.json()) {
    nlohmann::json kept = nlohmann::json::object();
    for (size_t i = 0; i < dispatch::kKeepings; ++i)
      if (counts.by_why[i] > 0) kept[dispatch::KeepingName(static_cast<Keeping>(i))] = counts.by_why[i];
    return context.out.Object("retention", {{"rule", dispatch::RetentionRuleName(rule)}, {"days", days},
                                            {"decision", line.decision}, {"from", from},
                                            {"inForce", line.InForce(now)}, {"signals", kept}});
  }
  context.out.Line(std::string(dispatch::RetentionRuleName(rule)) + ": " + What(rule));
  context.out.Line("  " + std::to_string(days) + " days" +
                   (days > line.days ? " (" + std::to_string(line.days) + " in the file; a rule in force looks back so far)" : ""));
  context.out.Line(line.decision.empty() ? "  no decision: nothing is disposed of"
                                         : "  decision: " + line.decision + (from.empty() ? "" : ", from " + from));
  std::string words;
  for (size_t i = 0; i < dispatch::kKeepings; ++i)
    if (counts.by_why[i] > 0)
      words += (words.empty() ? "" : ", ") + std::string(dispatch::KeepingName(static_cast<Keeping>(i))) + " " +
               std::to_string(counts.by_why[i]);
  context.out.Line("  signals now: " + (words.empty() ? "none" : words));
}

}  // namespace

int RetentionShow(Context& context, bool to_sign) {
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const auto settings = SettingsOf(**opened);
  if (!settings.ok()) return context.out.Fail(settings.error());
  const auto mark = dispatch::ReadMark((*opened)->store());
  if (!mark.ok()) return context.out.Fail(mark.error());
  // Where the environment's time is moved by hand it stands where the last tick put it.
  const Millis now = context.config.test() && mark->last_tick.value >= 0 ? mark->last_tick : SystemClock().Now();
  const auto counts = CountSignals(**opened, *settings, now);
  if (!counts.ok()) return context.out.Fail(counts.error());
  if (to_sign) context.out.Line("Disposal of content (gallring) at this hub, configuration " + settings->version + ", " + ToIso(now));
  context.out.Object("policy", {{"configuration", settings->version}, {"at", ToIso(now)},
                                {"decided", settings->retention.decided()}, {"stays", kStays}});
  for (const RetentionRule rule : dispatch::kRetentionRules)
    ShowRule(context, *settings, rule, (*counts)[static_cast<size_t>(rule)], now);
  context.out.Line(kStays);
  if (to_sign) {
    context.out.Line("");
    context.out.Line("Approved for (authority): ______________________________");
    context.out.Line("By, on which day, under which number: ______________________________");
  }
  return kOk;
}

}  // namespace sam::admin
