#include "adapters/hl7/order_group.h"

#include <algorithm>
#include <array>

namespace sam::hl7 {
namespace {

// Where the group of the OBR at `order` begins: at its ORC, if one stands after `before` and has
// no result of its own.
size_t Beginning(const Message& message, size_t order, size_t before) {
  const std::vector<uint32_t>& controls = message.Places("ORC");
  const auto after = std::lower_bound(controls.begin(), controls.end(), order);
  if (after == controls.begin()) return order;
  const size_t control = *(after - 1);
  const bool own = control >= before && message.Count("OBX", {control, order}) == 0;
  return own ? control : order;
}

}  // namespace

bool BelongsToGroup(std::string_view segment) {
  static constexpr std::array<std::string_view, 6> kNames = {"ORC", "OBR", "OBX",
                                                             "NTE", "SPM", "TQ1"};
  return std::find(kNames.begin(), kNames.end(), segment) != kNames.end();
}

std::vector<SegmentRange> OrderGroups(const Message& message) {
  const std::vector<uint32_t>& orders = message.Places("OBR");
  if (orders.empty()) return {};
  std::vector<size_t> begins;
  size_t before = 0;
  for (const uint32_t order : orders) {
    begins.push_back(Beginning(message, order, before));
    before = order;
  }
  if (orders.size() > 1) {
    const std::vector<uint32_t>& documents = message.Places("TXA");
    begins.insert(begins.end(), documents.begin(), documents.end());
    std::sort(begins.begin(), begins.end());
  }
  std::vector<SegmentRange> groups;
  if (message.Count("OBX", {0, begins.front()}) > 0) groups.push_back({0, begins.front()});
  for (size_t i = 0; i < begins.size(); ++i) {
    const bool last = i + 1 == begins.size();
    groups.push_back({begins[i], last ? message.segment_count() : begins[i + 1]});
  }
  if (groups.size() < 2) groups.clear();
  return groups;
}

}  // namespace sam::hl7
