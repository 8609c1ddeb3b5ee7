// The checkpoint for people and programs.
#include <nlohmann/json.hpp>

#include "adapters/inbox/view.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::inbox {

using contract::Text;

std::string CheckpointAlarm(const Witness& witness, contract::Language language) {
  if (witness.alarm().empty()) return "";
  return "! " + Text("inbox.checkpoint.alarm", language,
                     {{"since", contract::SwedishTime(witness.alarm_since())}, {"why", witness.alarm()}}) + "\n";
}

std::string CheckpointText(const Witness& witness, contract::Language language) {
  std::string out = CheckpointAlarm(witness, language);
  if (witness.kept()) {
    out += witness.kept()->note;
    out += Text("inbox.checkpoint.key", language, {{"key", Fingerprint(witness.kept()->key)}}) + "\n";
    if (witness.alarm().empty()) out += Text("inbox.checkpoint.fits", language) + "\n";
  } else {
    out += Text("inbox.checkpoint.none", language) + "\n";
  }
  if (!witness.before().empty())
    out += "\n" + Text("inbox.checkpoint.before", language) + "\n" + witness.before();
  return out;
}

std::string CheckpointJson(const Witness& witness) {
  nlohmann::json json = {{"v", 1},
                         {"note", witness.kept() ? witness.kept()->note : ""},
                         {"records", witness.KeptRecords()},
                         {"key", witness.kept() ? ToHex(witness.kept()->key.view()) : ""},
                         {"fingerprint", witness.kept() ? Fingerprint(witness.kept()->key) : ""},
                         {"alarm", witness.alarm()},
                         {"before", witness.before()}};
  if (!witness.alarm().empty()) json["alarmSince"] = ToIso(witness.alarm_since());
  return json.dump();
}

}  // namespace sam::inbox
