// What may not be in the bytes that leave: every field of a signal that holds a value is compared with what its
// receiver may see. Its own walk over the schema's marks, apart from the mask's. One thread.
#pragma once

#include <capnp/dynamic.h>

#include <string>
#include <vector>

#include "broker/contract/catalogue.h"

namespace sam::test {

struct Leak {
  schema::Sensitivity ceiling = schema::Sensitivity::S0;
  bool place = false;
  bool free_text = false;
  bool protection = true;
  std::vector<std::string> found;

  // Own walk, apart from Mask's: every field that holds a value is compared with what is allowed.
  void Walk(capnp::DynamicStruct::Reader value, const std::string& path) {
    for (const auto field : value.getSchema().getFields()) {
      if (!value.has(field, capnp::HasMode::NON_DEFAULT)) continue;
      const auto info = contract::InfoOf(field);
      const std::string here = path.empty() ? info.name : path + "." + info.name;
      if (info.type != "group" && IsAbove(info, here)) found.push_back(here);
      const auto type = field.getType();
      if (type.isStruct()) Walk(value.get(field).as<capnp::DynamicStruct>(), here);
      if (type.isList() && type.asList().getElementType().isStruct()) {
        for (const auto one : value.get(field).as<capnp::DynamicList>()) {
          Walk(one.as<capnp::DynamicStruct>(), here);
        }
      }
    }
  }

  bool IsAbove(const contract::FieldInfo& info, const std::string& path) const {
    if (!info.sensitivity) return true;
    if (info.place && !place) return true;
    if (info.free_text && !free_text) return true;
    // The table's own exceptions.
    if (path == "subject.protection") return !protection;
    if (path == "acute") return false;
    return *info.sensitivity > ceiling;
  }
};

}  // namespace sam::test
