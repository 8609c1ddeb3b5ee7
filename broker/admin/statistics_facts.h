// What statistics need, read out of a log: one fact for each signal and each happening of the period,
// without who it is about. It reads a snapshot or a stopped hub's store in key order, so the hub is never held up. Main
// thread of a tool. Memory: a hundred bytes for each signal of the period, and as much for each prompt decided.
#pragma once

#include <vector>

#include "broker/admin/fact_log.h"
#include "broker/admin/log_view.h"
#include "broker/base/result.h"
#include "broker/dispatch/settings.h"
#include "broker/statistics/report.h"
#include "broker/statistics/sheet.h"

namespace sam::admin {

// The configuration that the log holds as its newest: names and clocks without any file. kNotFound: none
// was ever loaded.
Result<dispatch::Settings> SettingsOf(const LogView& view);

// The hub's own time: in a test environment where the last tick has put it.
Result<Millis> TimeOf(const LogView& view, bool test);

struct LogFacts {
  std::vector<statistics::Fact> signals;
  std::vector<statistics::Fact> activities, offers;  // by when they happened (activity_facts.h)
};

// A signal counts in the period in which it was stored for its receiver, or was first stopped. Notices
// about signals and parts of attachments are none. Test signals count in a test environment only.
Result<LogFacts> ReadFacts(const FactLog& log, const dispatch::Settings& settings,
                           const statistics::Period& period, Millis now);

// Municipalities by code, as the directory names their authorities.
statistics::Names MunicipalityNames(const routing::Directory& directory);

}  // namespace sam::admin
