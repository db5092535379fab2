-- What pages begin with lies apart from what is asked for seldom, so that a
-- first look reads only the former: units of enterprises and organizations
-- from those of teams, and the sets of everyone and of each mode from those of
-- all other cells and of clients.
CREATE TABLE team_unit AS SELECT * FROM unit WHERE level = 2;
DELETE FROM unit WHERE level = 2;

CREATE TABLE cell_people AS SELECT * FROM people
    WHERE client <> 0 OR cell > 0 AND cell NOT IN (SELECT id FROM cell WHERE kind = 1);
DELETE FROM people WHERE client <> 0 OR cell > 0 AND cell NOT IN (SELECT id FROM cell WHERE kind = 1);
