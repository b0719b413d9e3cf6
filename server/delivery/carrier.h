// Who takes consignments: the courier, or what stands for it in a test of those that give them.
#pragma once

#include <functional>

#include "queue/consignment.h"

namespace breakwater::delivery {

class Carrier {
 public:
  using Progress = std::function<void(queue::Report)>;
  virtual ~Carrier() = default;

  // Any thread; must not block. Reports come on threads of the carrier's; the last one has finished = true:
  // exactly one such for each call, whatever happens.
  virtual void deliver(queue::Consignment consignment, Progress progress) = 0;
};

}  // namespace breakwater::delivery
