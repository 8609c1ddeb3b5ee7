// Channel: the one door through which deliveries leave. ZeroMQ stands behind it now; a web inbox,
// FHIR or a secure message service come by the same door.
// Owned by one Session, delivery thread only. Deliver never blocks.
#pragma once

#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/wire/frame.h"
#include "broker/wire/link.h"

namespace sam::delivery {

class Channel {
 public:
  virtual ~Channel() = default;
  // In the order given; what one call hands over arrives after what earlier calls did.
  // kExhausted: full now, nothing was sent. kUnavailable: the receiver is gone.
  virtual Status Deliver(const wire::Deliver& deliver) = 0;
  // Whether the receiver answers through it. One without receipts may never claim `registered`.
  virtual bool receipts() const = 0;
};

class WireChannel final : public Channel {
 public:
  WireChannel(wire::ServerLink& link, wire::PeerId peer) : link_(link), peer_(std::move(peer)) {}
  Status Deliver(const wire::Deliver& deliver) override {
    return link_.Send(peer_, wire::Encode(deliver));
  }
  bool receipts() const override { return true; }

 private:
  wire::ServerLink& link_;
  wire::PeerId peer_;
};

}  // namespace sam::delivery
