// What an application does with Npgsql's defaults: a pool of connections, prepared commands,
// transactions, COPY, batches that fail, cancelling. The argument is the connection string.
using Npgsql;

await using var source = NpgsqlDataSource.Create(args[0]);

await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
{
    await using var connection = await source.OpenConnectionAsync();
    await using var command = new NpgsqlCommand("SELECT $1 + 1", connection);
    command.Parameters.Add(new NpgsqlParameter { Value = i });
    await command.PrepareAsync();
    for (var again = 0; again < 3; again++)
    {
        Expect(i + 1, await command.ExecuteScalarAsync());
    }
}));

await using (var connection = await source.OpenConnectionAsync())
{
    await using (var transaction = await connection.BeginTransactionAsync())
    {
        await new NpgsqlCommand("CREATE TABLE npgsql (a int)", connection).ExecuteNonQueryAsync();
        await using (var rows = await connection.BeginBinaryImportAsync("COPY npgsql FROM STDIN (FORMAT BINARY)"))
        {
            for (var i = 0; i < 100; i++)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(i);
            }
            await rows.CompleteAsync();
        }
        Expect(4950L, await new NpgsqlCommand("SELECT sum(a) FROM npgsql", connection).ExecuteScalarAsync());
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1/0"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 2"));
        try
        {
            await batch.ExecuteNonQueryAsync();
            throw new InvalidOperationException("a division by zero went well");
        }
        catch (PostgresException e) when (e.SqlState == "22012")
        {
            await transaction.RollbackAsync();
        }
    }

    using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
    try
    {
        await new NpgsqlCommand("SELECT pg_sleep(60)", connection).ExecuteNonQueryAsync(patience.Token);
        throw new InvalidOperationException("it was not cancelled");
    }
    catch (OperationCanceledException)
    {
        Expect(7, await new NpgsqlCommand("SELECT 7", connection).ExecuteScalarAsync());
    }
}
Console.WriteLine("done");

static void Expect(object expected, object? found)
{
    if (!expected.Equals(found))
    {
        throw new InvalidOperationException($"expected {expected}, got {found}");
    }
}
