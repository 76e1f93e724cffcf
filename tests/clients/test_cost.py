"""What an operation costs, counted in timers, so that the machine does not matter."""

from __future__ import annotations


def test_an_operation_costs_two_timers(bench):
    world = bench({"sessions": 20, "operations": {"rate": "20/s"}})
    world.run(10)
    before, rows = world.clock.events, len(world.history)
    world.run(610)
    operations = (len(world.history) - rows) / 2
    quiet = 2 * 600 * 1.3  # each kind's outage watch looks a second after the success it saw last
    assert operations > 11_000
    assert 2 * operations <= world.clock.events - before <= 2 * operations + quiet


def test_an_answer_that_comes_later_costs_a_timer_that_does_not_fire(bench):
    world = bench({"sessions": 2, "operations": {"rate": "20/s", "mix": {"write": 1}}})
    world.run(10)

    def later(process, request):
        world.clock.after(1_000, request.answer, "ok")

    world.system.submit = later
    before, rows = world.clock.events, len(world.history)
    world.run(110)
    operations = (len(world.history) - rows) / 2
    assert world.clock.events - before <= 3 * operations + 110


def test_an_idle_client_costs_nothing_but_its_watch(bench):
    world = bench({"sessions": 50, "operations": {"rate": "1/h"}})
    world.run(10)
    before = world.clock.events
    world.run(3000)
    assert world.clock.events - before <= 10
