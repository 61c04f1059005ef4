"""Loads open tasks by the hundred thousand into PostgreSQL, straight from its own series of numbers."""

from host.bench.stage import PUBLISHED, TASKS, Stage
from tasks.people import holders

PER_CASE = 5


def load_open_tasks(stage: Stage, total: int, mine: int, groups: tuple[int, ...]) -> None:
    """Fill the database with open tasks, `mine` of them spread over `groups`, the rest other people's."""
    cases = -(-total // PER_CASE)
    group_list = ",".join(str(group) for group in groups)
    with stage.app.database.writing(now=PUBLISHED) as unit:
        run = unit.connection.exec_driver_sql
        run("SET LOCAL statement_timeout = 0")
        # Each reference is right by the way it is made; checking a million of them would take minutes.
        run("SET LOCAL session_replication_role = replica")
        others = ",".join(
            str(person_id)
            for person_id in sorted({held[0] for held in holders(unit, "raadgiver")})
            if person_id != stage.caseworker.person_id
        )
        version = (
            "(SELECT v.id FROM procedure_version v JOIN procedure p ON p.id = v.procedure_id"
            f" WHERE p.key = '{TASKS}')"
        )
        run(
            "INSERT INTO child (id, name, sort_name, protected_address)"
            f" SELECT 10 + n, 'Barn ' || n, 'barn ' || n, false FROM generate_series(1, {cases}) n"
        )
        run(
            'INSERT INTO "case" (id, number, child_id, status, data, opened_at, rev)'
            f" SELECT 10 + n, 'M-' || n, 10 + n, 'aaben', '-', now(), 1 FROM generate_series(1, {cases}) n"
        )
        run(
            "INSERT INTO instance (id, version_id, case_id, state, rev, status, started_at)"
            f" SELECT 10 + n, {version}, 10 + n, '{{}}', 1, 'igang', now() FROM generate_series(1, {cases}) n"
        )
        # Mine lie spread among the others, in time as on disk.
        every = max(1, total // mine)
        run(
            "INSERT INTO task (id, instance_id, case_id, version_id, engine_id, element_id, name, role,"
            " assignee_id, group_id, status, urgency, opened_at, due_on, work_on, due_at, sort_at, rev)"
            f" SELECT 10 + n, 11 + mod(n, {cases}), 11 + mod(n, {cases}), {version}, 'm' || n, 'A_Vurdering',"
            " 'Vurdér henvendelsen', 'raadgiver',"
            f" CASE WHEN mod(n, {every}) = 0 THEN NULL"
            f" ELSE (ARRAY[{others}])[1 + mod(n, array_length(ARRAY[{others}], 1))] END,"
            f" CASE WHEN mod(n, {every}) = 0"
            f" THEN (ARRAY[{group_list}])[1 + mod(n / {every}, array_length(ARRAY[{group_list}], 1))] END,"
            " 'aaben', 1, now(), due::date, due::date, due, due, 1"
            " FROM (SELECT n, now() + mod(n::bigint * 7919, 525600) * interval '1 minute' AS due"
            f" FROM generate_series(1, {total}) n) AS made"
        )
    engine = stage.app.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")
